// A client that sends bytes as they are, and may leave unread what comes.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  write(data: string | Uint8Array): void;
  /** All that came so far. */
  readonly text: string;
  /** Resolves once what came has this in it, or the connection has closed; with all that came. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves once the other side has closed, with all that came. */
  readonly closed: Promise<string>;
}

/** `reads`: false leaves everything unread. */
export const rawConnection = async (url: string, reads = true): Promise<RawConnection> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let isClosed = false;
  let look = (): void => undefined;
  socket.on('error', () => undefined);
  if (reads)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      look();
    });
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      look();
      resolve(text);
    });
  });
  await once(socket, 'connect');
  return {
    socket,
    write: (data) => void socket.write(data),
    get text() {
      return text;
    },
    until: (pattern) =>
      new Promise((resolve) => {
        look = () => {
          if (pattern.test(text) || isClosed) resolve(text);
        };
        look();
      }),
    closed,
  };
};
