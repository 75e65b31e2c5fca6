// What waits for all sockets together is bounded: the greediest of those that do not read are closed.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialIn, identify } from '../../src/api/credentials.ts';
import type { Connection } from '../../src/ws/connection.ts';
import { native } from '../../src/ws/frames.ts';
import type { Hub } from '../../src/ws/hub.ts';
import type { SocketMount } from '../../src/ws/socketMount.ts';
import { type Program, startProgram } from '../support/program.ts';
import { connect, HandshakeRefused, startSockets } from '../support/sockets.ts';

const MB = 1_000_000;

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

/** Sockets that say nothing by themselves; the server's side of them, in the order in which they were opened. */
const silent =
  (opened: Connection[]) =>
  (hub: Hub): readonly SocketMount[] => [
    {
      path: '/silent',
      maxPayload: 1,
      admit: async ({ headers }) => {
        const { token = '' } = credentialIn(headers.authorization) ?? {};
        const identity = (await identify(program.services.authenticator, token))!;
        return {
          open: async (connection) => {
            hub.goLive(await connection.signIn({ who: { identity }, protocol: native, byMembership: true }));
            opened.push(connection);
          },
          frame: async () => undefined,
        };
      },
    },
  ];

test('when too much waits for all sockets, one of the account with most is closed and told where to go on', async () => {
  const settings = { MAX_BUFFERED: 16 * MB, MAX_BUFFER: 8 * MB };
  const opened: Connection[] = [];
  const server = await startSockets(program, { settings, mounts: silent(opened) });
  const [ann, ben, cleo] = await Promise.all(['ann', 'ben', 'cleo'].map((name) => program.person(name)));
  const clients = [];
  for (const { token } of [ann!, ann!, ben!, cleo!]) clients.push(await connect(server, { path: '/silent', token }));
  const slow = clients.slice(0, 3);
  const quick = clients[3]!;
  for (const { ws } of slow) ws.pause();
  let rounds = 0;
  while (server.hub.size === 4) {
    for (const connection of opened) connection.send(JSON.stringify({ type: 'news', text: 'x'.repeat(MB) }));
    rounds++;
    await nextTurn();
  }
  expect(opened.map(({ isOpen }) => isOpen).slice(2)).toEqual([true, true]);
  for (const { ws } of slow) ws.resume();
  const closed = slow[opened.findIndex(({ isOpen }) => !isOpen)]!;
  const { code, reason } = await closed.closed;
  expect([code, JSON.parse(reason)]).toEqual([4408, { resume: server.hub.position }]);
  for (const client of [slow[2]!, quick]) expect(await client.all('news', rounds)).toHaveLength(rounds);
  for (const { ws } of clients) ws.terminate();
  await expect.poll(() => server.output.all).toBe(0);
  await server.close();
});

test('what a socket would have got is not counted once its handshake has failed', async () => {
  const open = async (connection: Connection): Promise<void> => {
    connection.send('news');
    throw new Error('it cannot be opened');
  };
  const failing: SocketMount = { path: '/failing', maxPayload: 1, admit: async () => ({ open, frame: open }) };
  const server = await startSockets(program, { mounts: () => [failing] });
  await expect(connect(server, { path: '/failing' })).rejects.toThrow(HandshakeRefused);
  expect(server.output.all).toBe(0);
  await server.close();
});
