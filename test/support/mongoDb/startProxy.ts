// Stands between the program and a MongoDB server: cuts connections, and answers as a server that steps down does.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';

export interface MongoProxy {
  /** The address of the server, through the proxy. */
  readonly url: string;
  /** Resets every connection; new ones are served. */
  cut(): void;
  /** Until it is called with false: writes are refused as by a server that is no longer the primary. */
  stepDown(isDown: boolean): void;
  /** Writes refused so far. */
  readonly refused: number;
  close(): Promise<void>;
}

const OP_MSG = 2013;
const HEADER = 16;
/** Behind the header, the flags, and the kind of the first section. */
const BODY = HEADER + 5;
const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'findandmodify', 'create', 'createIndexes', 'drop'];
const STEPPED_DOWN = {
  ok: 0,
  code: 10107,
  codeName: 'NotWritablePrimary',
  errmsg: 'not primary',
  errorLabels: ['RetryableWriteError'],
};

/** The name of the command in a message: the first key of its document. Undefined: another kind of message. */
const commandOf = (message: Buffer): string | undefined =>
  message.readInt32LE(12) === OP_MSG ? message.toString('utf8', BODY + 5, message.indexOf(0, BODY + 5)) : undefined;

const replyTo = (message: Buffer, reply: object): Buffer => {
  const body = BSON.serialize(reply);
  const head = Buffer.alloc(BODY);
  head.writeInt32LE(BODY + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
};

/** `url`: of one server. */
export const startMongoProxy = async (url: string): Promise<MongoProxy> => {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isDown = false;
  let refused = 0;

  /** Splits what a client sends into messages, and passes on those that are not to be refused. */
  const forward = (client: Socket, server: Socket): void => {
    let rest = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEADER && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        if (isDown && WRITES.includes(commandOf(message) ?? '')) {
          refused += 1;
          client.write(replyTo(message, STEPPED_DOWN));
        } else server.write(message);
      }
    });
  };

  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    forward(client, server);
    server.on('data', (chunk: Buffer) => client.write(chunk));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  const through = new URL(url);
  through.port = String((proxy.address() as AddressInfo).port);
  // Else the driver asks the server for its address, and goes there.
  through.searchParams.set('directConnection', 'true');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: through.href,
    cut,
    stepDown: (down) => {
      isDown = down;
    },
    get refused() {
      return refused;
    },
    close: async () => {
      proxy.close();
      cut();
      await once(proxy, 'close');
    },
  };
};
