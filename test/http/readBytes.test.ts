// Bodies whose client has gone.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkReadable, takeBody } from '../../src/http/readBytes.ts';
import { rawConnection } from '../support/rawConnection.ts';

let server: Server;
let onRequest: (req: IncomingMessage) => void;

beforeAll(async () => {
  server = createServer((req) => onRequest(req)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => void server.close());

/** A request that announces `length` bytes and sends so many of them, and the way in which its client goes. */
const request = async (length: number, sent: number) => {
  const asked = new Promise<IncomingMessage>((resolve) => {
    onRequest = resolve;
  });
  const client = await rawConnection(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(sent)}`);
  const req = await asked;
  const leave = async (): Promise<void> => {
    const left = new Promise((resolve) => req.once('close', resolve));
    client.socket.resetAndDestroy();
    await left;
  };
  return { req, leave };
};

const aborted = expect.objectContaining({ code: 'request-aborted' });

test.each([
  ['whole', 1000],
  ['in part', 900],
])('a body that came %s is refused when its client has gone before it is read', async (_, sent) => {
  const { req, leave } = await request(1000, sent);
  await expect.poll(() => req.readableLength).toBe(sent);
  await leave();
  expect(() => checkReadable(req)).toThrow(aborted);
});

/** More than the body as a stream of its own holds while nobody reads it, and less than that and the request together. */
const LARGE = 2 * 65_536 + 1000;

test.each([
  ['whole', LARGE],
  ['in part', 1000],
])('a body that came %s breaks off when its client goes while it is read', async (_, sent) => {
  const { req, leave } = await request(LARGE, sent);
  const body = takeBody(req, LARGE);
  await expect.poll(() => (sent === LARGE ? req.complete : body.readableLength === sent)).toBe(true);
  expect(req.readableEnded).toBe(false);
  const broken = once(body, 'error');
  await leave();
  expect(await broken).toEqual([aborted]);
});
