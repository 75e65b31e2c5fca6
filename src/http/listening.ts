// Starts to listen; closes within a deadline, after the answers in work.

import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

const urlOf = (address: string, port: number): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${port}`;

/** The address of this machine that the client of a connection reached, such as `http://192.168.1.5:3000`. */
export const reachedAt = ({ localAddress = '127.0.0.1', localPort = 0 }: Socket): string =>
  // An IPv4 client of a socket for IPv6, and the name of the network interface behind a local address of IPv6.
  urlOf(localAddress.split('%', 1)[0]!.replace(/^::ffff:(?=\d{1,3}\.)/i, ''), localPort);

/** At which a client reaches this server: the setting, or else the address that its connection reached. */
export const addressFor = (publicUrl: string | undefined, socket: Socket): string =>
  publicUrl?.replace(/\/$/, '') ?? reachedAt(socket);

const whyNot: Readonly<Record<string, (port: number, host: string, setting: string) => string>> = {
  EADDRINUSE: (port, host, setting) =>
    `port ${port} of ${host} is in use by another program. Choose another port, such as ${setting}=${port < 65_535 ? port + 1 : port - 1}, or 0 for any free one`,
  EACCES: (port, _, setting) =>
    `this user may not listen on port ${port}. Choose a port above 1023, such as ${setting}=3000`,
  EADDRNOTAVAIL: (_, host) =>
    `${host} is no address of this machine. Set HOST to one, such as 127.0.0.1, or to 0.0.0.0 for all`,
  EINVAL: (_, host) =>
    `${host} needs the name of a network interface, such as ${host}%eth0. Set HOST to that, or to :: for all`,
  ENOTFOUND: (_, host) => `no machine is called ${host}. Set HOST to an address of this machine, or to 0.0.0.0 for all`,
};

/** `setting`: what names the port. Resolves with the address, such as `http://127.0.0.1:3000`. @throws Error with what the operator can do */
export const listen = (server: Server, port: number, host: string, setting = 'PORT'): Promise<string> =>
  new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why = whyNot[cause.code ?? '']?.(port, host, setting);
      reject(why === undefined ? cause : new Error(why, { cause }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const { address, port: bound } = server.address() as AddressInfo;
      resolve(urlOf(address, bound));
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
  // Otherwise a client that keeps its connection busy would hold it for ever.
  const endWith = (answer: ServerResponse): void => {
    answer.shouldKeepAlive = false;
  };
  server.prependListener('request', (_, answer) => {
    answers.add(answer);
    answer.once('close', () => {
      answers.delete(answer);
      if (isEnding) setImmediate(() => server.closeIdleConnections());
    });
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
