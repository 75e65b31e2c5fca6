// Begins to listen, and ends: with the answers in hand, and in time.

import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Resolves with the address, as `http://127.0.0.1:3000`. */
export const listen = (server: Server, port: number, host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { address, port: given, family } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${given}`);
    });
  });

/**
 * Knows the server's connections and the answers it owes. Out: ends both, each connection with the answer in hand.
 * Whatever has not ended after `drain` milliseconds is cut, upgraded sockets too, which the server's own list does not have.
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
    // A client that keeps its connection busy would never let it go.
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
