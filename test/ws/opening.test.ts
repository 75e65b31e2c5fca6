// Handshakes under way: clients that go before the answer, and many that come at once.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SocketHandler } from '../../src/ws/connection.ts';
import type { SocketMount } from '../../src/ws/socketMount.ts';
import { blockFor } from '../support/blockFor.ts';
import { countInTurns } from '../support/countInTurns.ts';
import { createGate } from '../support/instead.ts';
import { type Program, startProgram } from '../support/program.ts';
import { rawConnection } from '../support/rawConnection.ts';
import { connect, type SocketServer, startSockets } from '../support/sockets.ts';

const checking = createGate();
let asked = 0;
let ended = 0;
let opens = async (): Promise<void> => undefined;

const handler: SocketHandler = {
  open: () => opens(),
  frame: async () => undefined,
  closed: () => void ended++,
};
const mount: SocketMount = {
  path: '/checked',
  maxPayload: 1024,
  admit: async () => {
    asked++;
    await checking.passed();
    return handler;
  },
};

let program: Program;
let server: SocketServer;

beforeAll(async () => {
  program = await startProgram();
  server = await startSockets(program, { mounts: () => [mount], settings: { MAX_ADDRESS_SOCKETS: 8 } });
});

afterAll(async () => {
  await server.close();
  await program.close();
});

const HANDSHAKE = [
  'GET /checked HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

/** Clients that begin a handshake, and go once `count` says that all have come so far. */
const comeAndGo = async (clients: number, count: () => number): Promise<void> => {
  const before = count();
  const coming = Array.from({ length: clients }, () => rawConnection(server.url));
  for (const client of await Promise.all(coming)) client.write(HANDSHAKE);
  await expect.poll(count).toBe(before + clients);
  for (const client of await Promise.all(coming)) client.socket.resetAndDestroy();
  await expect.poll(() => server.connections()).toBe(0);
};

test('a client that goes while its credential is checked leaves nothing behind', async () => {
  checking.shut();
  await comeAndGo(1, () => asked);
  checking.open();
  await expect.poll(() => ended).toBe(1);
  expect(server.sockets.size).toBe(0);
});

test('clients that go while their sockets are made ready keep nobody of their network out', async () => {
  let ready = 0;
  const preparing = createGate();
  preparing.shut();
  opens = () => {
    ready++;
    return preparing.passed();
  };
  await comeAndGo(8, () => ready);
  preparing.open();
  const next = await connect(server, { path: '/checked' });
  next.ws.terminate();
});

test('however many come at once, a turn of the event loop takes few handshakes when they take long', async () => {
  const turns = countInTurns();
  opens = async () => {
    turns.piece();
    blockFor(6);
  };
  checking.shut();
  const before = asked;
  const coming = Array.from({ length: 8 }, () => connect(server, { path: '/checked' }));
  await expect.poll(() => asked).toBe(before + 8);
  checking.open();
  const clients = await Promise.all(coming);
  const most = turns.end();
  for (const client of clients) client.ws.terminate();
  expect(most).toBeLessThanOrEqual(2);
});

test('of many that come at once, while their credentials are checked, so many are opened as there may be sockets', async () => {
  opens = async () => undefined;
  const small = await startSockets(program, { mounts: () => [mount], settings: { MAX_SOCKETS: 2 } });
  checking.shut();
  const before = asked;
  const coming = Promise.allSettled(Array.from({ length: 5 }, () => connect(small, { path: '/checked' })));
  await expect.poll(() => asked).toBeGreaterThanOrEqual(before + 2);
  checking.open();
  const found = await coming;
  const opened = found.filter(({ status }) => status === 'fulfilled');
  const refused = found.filter(({ status }) => status === 'rejected');
  expect(opened).toHaveLength(2);
  expect(refused).toMatchObject(Array.from({ length: 3 }, () => ({ reason: { status: 503 } })));
  await small.close();
});
