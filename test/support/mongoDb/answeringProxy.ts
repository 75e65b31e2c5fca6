// Stands between a client and a MongoDB server, and gives the answers to chosen commands itself: those of a server that
// steps down, refuses or lacks something. Everything else passes.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

/**
 * Takes a command with all its documents; returns the answer, `undefined` to let it pass, `silent` to swallow it, or `cut` to break
 * the connection.
 */
export type Answers = (command: Document) => Document | 'cut' | 'silent' | undefined;

const HEADER = 16;
const OP_MSG = 2013;

/** The command in a message, with the documents that follow it in sections of their own. */
const commandIn = (message: Buffer): Document | undefined => {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  let command: Document = {};
  for (let at = HEADER + 4; at < message.length; ) {
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (message[at] === 0) command = { ...BSON.deserialize(section), ...command };
    else command = { ...command, ...documentsIn(section) };
    at += 1 + size;
  }
  return command;
};

/** A sequence of documents under the name of a field. */
const documentsIn = (section: Buffer): Document => {
  const end = section.indexOf(0, 4);
  const documents: Document[] = [];
  for (let at = end + 1; at < section.length; at += section.readInt32LE(at))
    documents.push(BSON.deserialize(section.subarray(at, at + section.readInt32LE(at))));
  return { [section.toString('utf8', 4, end)]: documents };
};

const answerTo = (message: Buffer, answer: Document): Buffer => {
  const body = BSON.serialize(answer);
  const head = Buffer.alloc(HEADER + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
};

export const startAnsweringProxy = async (server: string) => {
  const target = new URL(server);
  const sockets = new Set<Socket>();
  const proxy = {
    /** For one client: a replica set would tell it the server's own address. */
    url: '',
    answers: (() => undefined) as Answers,
    /** Breaks every connection; new ones are served. */
    cut: (): void => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    close: async (): Promise<void> => {
      proxy.cut();
      gate.close();
      await once(gate, 'close');
    },
  };
  const serve = (client: Socket): void => {
    const behind = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => other.destroy());
    }
    let rest = Buffer.alloc(0);
    client.on('data', (data) => {
      rest = Buffer.concat([rest, data as Buffer]);
      while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        const command = commandIn(message);
        const answer = command && proxy.answers(command);
        if (answer === 'cut') client.destroy();
        else if (answer === 'silent') continue;
        else if (answer) client.write(answerTo(message, answer));
        else behind.write(message);
      }
    });
    behind.pipe(client);
  };
  const gate = createServer(serve).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const { port } = gate.address() as { port: number };
  const url = new URL(server);
  url.host = `127.0.0.1:${port}`;
  url.searchParams.set('directConnection', 'true');
  proxy.url = url.href;
  return proxy;
};

/** As a server says no: with the labels that the driver asks for. */
export const refusal = (code: number, codeName: string, errmsg: string, more: Document = {}): Document => ({
  ok: 0,
  code,
  codeName,
  errmsg,
  ...more,
});
