// Starts to listen; closes within a deadline, after the answers in work.

import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Resolves with the address, such as `http://127.0.0.1:3000`. */
export const listen = (server: Server, port: number, host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { address, port: bound, family } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
    });
  });

/**
 * Tracks the server's connections and the answers in work. Returns a function that closes each connection after its
 * answer in work. After `drain` milliseconds it destroys what is still open, also upgraded sockets, which the server
 * itself no longer lists.
 */
export const endingOf = (server: Server, drain: number): (() => Promise<void>) => {
  const connections = new Set<Socket>();
  const answers = new Set<ServerResponse>();
  let isEnding = false;
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const endWith = (answer: ServerResponse): void => {
    // Otherwise a client that keeps its connection busy would hold it for ever.
    answer.shouldKeepAlive = false;
    answer.once('close', () => setImmediate(() => server.closeIdleConnections()));
  };
  server.prependListener('request', (_, answer) => {
    answers.add(answer);
    answer.once('close', () => answers.delete(answer));
    if (isEnding) endWith(answer);
  });
  return () =>
    new Promise((resolve) => {
      isEnding = true;
      for (const answer of answers) endWith(answer);
      const cut = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, drain);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });
};
