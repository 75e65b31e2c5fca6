// Other programs write to the same node: nothing of theirs is ours, and nothing of ours is theirs.

import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { NO_STREAM } from '../../../src/store/ports.ts';
import { event, freshStream } from '../../contracts/eventStore.contract.ts';
import { startStandInWithClient } from '../../support/eventStoreDb/findNode.ts';
import { type Program, startProgram } from '../../support/program.ts';
import { connect } from '../../support/sockets.ts';
import { AUTH_SECRET } from '../../support/stores.ts';

const node = await startStandInWithClient();
const { client } = node;
afterAll(node.close);

/** Those without a prefix have one log, and so the same keys. */
const KEYS_DIR = await mkdtemp(join(tmpdir(), 'verbatim-keys-'));

const start = (EVENTSTORE_PREFIX = '') =>
  startProgram({ settings: { EVENTSTORE_URL: node.url, AUTH_SECRET, EVENTSTORE_PREFIX, KEYS_DIR } });

/** What other applications may write, and people by hand. */
const others = (count = 1) =>
  Array.from({ length: count }, () => [
    jsonEvent({ type: 'OrderPlaced', data: { total: 12 } }),
    jsonEvent({ type: 'UserRegistered', data: { v: 1 }, metadata: { v: 1, note: 'by hand' } }),
    binaryEvent({ type: 'Scanned', data: Buffer.from([0xff, 0, 1]), metadata: Buffer.from('no JSON') }),
  ]).flat();

/** A room where somebody says something. */
const saySomething = async ({ call, person }: Program, text: string, name = 'ann') => {
  const who = await person(name);
  const room = (await call('POST', '/v1/rooms', { token: who.token, json: { name: 'lobby' } })).json.id as string;
  const path = `/v1/conversations/${room}/messages`;
  expect((await call('POST', path, { token: who.token, json: { text } })).status).toBe(201);
  return { who, room, path };
};

const textsIn = async ({ call }: Program, path: string, token: string) =>
  (await call('GET', path, { token })).json.items.map(({ text }: { text: string }) => text);

test('the end of our log is found without reading what others wrote since, also while the node pushes nothing', async () => {
  const busy = await startStandInWithClient();
  const store = await openEventStoreDb({ url: busy.url, prefix: 'few.' });
  onTestFinished(async () => {
    await store.close();
    await busy.close();
  });
  const { position } = await store.append(freshStream(), NO_STREAM, [event()]);
  for (let i = 0; i < 20; i++) await busy.client.appendToStream('order-2', others(150));
  expect(await store.head()).toBe(position);
  busy.refuseSubscriptions('too many subscriptions');
  // They are refused sooner or later: from then on every answer comes from a read.
  let most = 0;
  for (let i = 0; i < 20; i++) {
    const before = busy.reads();
    expect(await store.head()).toBe(position);
    most = Math.max(most, busy.reads() - before);
  }
  // One read of the end, and perhaps a subscription that is tried again.
  expect(most).toBeLessThanOrEqual(2);
  const { position: later } = await store.append(freshStream(), NO_STREAM, [event()]);
  expect(await store.head()).toBe(later);
});

test('a chat goes on beside the events of another application, and no auditor sees them', async () => {
  await client.appendToStream('order-1', others());
  const program = await start();
  onTestFinished(program.close);
  const { who, room, path } = await saySomething(program, 'before');
  await client.appendToStream('order-1', others());
  await client.appendToStream(`by hand/${randomUUID()}`, others());
  expect((await program.call('POST', path, { token: who.token, json: { text: 'after' } })).status).toBe(201);
  expect(await textsIn(program, path, who.token)).toEqual(['before', 'after']);
  await program.settled();
  const { status, json } = await program.call('GET', '/readyz');
  expect([status, json.troubles, json.lag]).toEqual([200, [], 0]);

  await program.grant(who.id, 'auditor');
  const log = await program.call('GET', '/v1/audit/events', { token: who.token });
  const streams = log.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).stream as string);
  expect(streams).toContain(`messages-${room}`);
  expect(streams.filter((stream) => /order|hand/.test(stream))).toEqual([]);
  const stream = await program.call('GET', '/v1/audit/streams/order-1', { token: who.token });
  expect(stream.json).toEqual({ items: [], next: null });
});

test('an event in one of our streams that we did not record stops the reading of the log, and is named', async () => {
  const program = await start('hand.');
  onTestFinished(program.close);
  const { room } = await saySomething(program, 'hello');
  await client.appendToStream(`hand.conversation-${room}`, jsonEvent({ type: 'MemberAdded', data: {} }));
  await expect.poll(() => program.services.troubles().length).toBe(2);
  const { status, json } = await program.call('GET', '/readyz');
  expect(status).toBe(503);
  expect(json.troubles[0]).toContain(`in conversation-${room}, was not recorded by this program`);
});

test('installations on one node, each with a prefix or one without, have people, rooms, pushes and logs of their own', async () => {
  const programs = [await start(), await start('a-'), await start('a-b-')];
  onTestFinished(async () => void (await Promise.all(programs.map(({ close }) => close()))));
  // The node's events without a prefix are those of the first test as well, which knows an ann.
  const talks = [];
  for (const [i, program] of programs.entries())
    talks.push(await saySomething(program, `${i}`, i === 0 ? 'bea' : 'ann'));
  for (const [i, program] of programs.entries()) {
    const { who, path, room } = talks[i]!;
    const socket = await connect({ port: Number(new URL(program.url).port) }, { token: who.token });
    socket.send({ type: 'subscribe', conversationIds: [room], after: 0 });
    expect(await socket.next('message')).toMatchObject({ message: { text: `${i}` } });
    socket.close();
    expect(await textsIn(program, path, who.token)).toEqual([`${i}`]);
    const [other, its] = [programs[(i + 1) % 3]!, talks[(i + 1) % 3]!];
    expect((await other.call('GET', path, { token: its.who.token })).status).toBe(404);
    expect(program.services.troubles()).toEqual([]);
  }
  expect(new Set(programs.map(({ services }) => services.logIdentity.logId)).size).toBe(3);
});

test('an installation with a prefix keeps up while others write and it does not', async () => {
  const [one, two] = [
    await openEventStoreDb({ url: node.url, prefix: 'quiet-', patience: 20_000 }),
    await openEventStoreDb({ url: node.url, prefix: 'quiet-', patience: 20_000 }),
  ];
  onTestFinished(async () => {
    await one.close();
    await two.close();
  });
  const stream = freshStream();
  const { position } = await one.append(stream, NO_STREAM, [event()]);
  for (let i = 0; i < 4; i++) await client.appendToStream(`order-${i}`, others(100));
  expect(await two.head()).toBe(position);
  expect(await two.readStream(stream)).toHaveLength(1);
  const before = node.reads();
  for (let i = 0; i < 50; i++) expect(await two.readStream(stream, { from: 1 })).toEqual([]);
  // The live subscription has passed what others wrote: nobody looks at it again.
  expect(node.reads() - before).toBeLessThanOrEqual(50);
  await one.append(stream, 0, [event()]);
  expect(await two.readStream(stream, { from: 1 })).toHaveLength(1);
  expect((await two.readLog(0)).map(({ revision }) => revision)).toEqual([0, 1]);
});

test('an event of a newer version in a kind of stream unknown here stops it too', async () => {
  const program = await start('newer.');
  onTestFinished(program.close);
  const metadata = { v: 1, at: new Date().toISOString(), actorId: null, correlationId: 'newer' };
  await client.appendToStream('newer.weather-today', jsonEvent({ type: 'RainFell', data: {}, metadata }));
  await expect.poll(() => program.services.troubles().join()).toContain('unknown type RainFell');
});
