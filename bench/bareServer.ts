// The bare reference server: what is left of a chat when everything is taken away but the work that cannot be.
//
// `POST /send` parses JSON, inserts the rows of a message durably, those of all requests of a turn of the event loop in
// one transaction, writes the message to every socket and answers 201. `POST /tell` only writes its body to every
// socket: the bare `ws` loop. No accounts, no rules, no checks.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { type BareMessage, openBareLog } from './bareLog.ts';

interface Waiting {
  readonly message: BareMessage;
  readonly res: ServerResponse;
}

const log = openBareLog(join(process.argv[2]!, 'bare.db'));
const sockets = new WebSocketServer({ noServer: true });
let waiting: Waiting[] = [];

const tell = (text: string): void => {
  for (const socket of sockets.clients) socket.send(text);
};

const answer = (res: ServerResponse, body: string): void => {
  res.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
};

const flush = (): void => {
  const group = waiting;
  waiting = [];
  const docs = log.insert(group.map(({ message }) => message));
  for (const doc of docs) tell(doc);
  for (const [i, { res }] of group.entries()) answer(res, docs[i]!);
};

const send = (body: string, res: ServerResponse): void => {
  waiting.push({ message: JSON.parse(body) as BareMessage, res });
  if (waiting.length === 1) setImmediate(flush);
};

const server = createServer((req: IncomingMessage, res: ServerResponse) => {
  let body = '';
  req.setEncoding('utf8');
  req.on('data', (chunk: string) => {
    body += chunk;
  });
  req.on('end', () => {
    if (req.url === '/send') return send(body, res);
    tell(body);
    answer(res, '{}');
  });
});
server.on('upgrade', (req, socket, head) => sockets.handleUpgrade(req, socket, head, () => undefined));
server.listen(0, '127.0.0.1', () => {
  console.log(`listens on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => {
  log.close();
  process.exit(0);
});
