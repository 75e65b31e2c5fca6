// Reads of what came after a revision: always fresh, whoever wrote it, and cheap when nothing came. On a real node where
// EVENTSTORE_URL names one.

import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { type EventStore, NO_STREAM, type Recorded } from '../../../src/store/ports.ts';
import { event, eventsOf, freshStream } from '../../contracts/eventStore.contract.ts';
import { findNode, realNodeUrl, startStandIn } from '../../support/eventStoreDb/findNode.ts';

let node: Awaited<ReturnType<typeof findNode>>;
let here: EventStore;
let there: EventStore;
beforeAll(async () => {
  node = await findNode();
  [here, there] = [await openEventStoreDb({ url: node.url }), await openEventStoreDb({ url: node.url })];
});
afterAll(async () => {
  await here.close();
  await there.close();
  await node.close();
});

/** Longer than a crowded machine takes to bring an event: where reads are counted, none is due to a late one. */
const PATIENT = { patience: 20_000 };

/** Two processes' stores on a stand-in of their own, until the test ends. */
async function twoStores() {
  const standIn = await startStandIn();
  onTestFinished(standIn.close);
  const { url } = standIn;
  const [one, two] = [await openEventStoreDb({ url, ...PATIENT }), await openEventStoreDb({ url, ...PATIENT })];
  onTestFinished(async () => {
    await one.close();
    await two.close();
  });
  return { standIn, one, two };
}

/** Appends at one store and reads at the other at once, again and again; the events that were not seen. */
async function unseen(write: EventStore, read: EventStore, rounds: number): Promise<number> {
  const stream = freshStream();
  let missed = 0;
  for (let expected = NO_STREAM; expected < rounds; expected += 1) {
    await write.append(stream, expected, [event()]);
    const read1 = await read.readStream(stream, { from: expected + 1 });
    missed += 1 - read1.length;
    missed += (await read.readStream(stream, { from: expected + 2 })).length;
  }
  return missed;
}

it('an append answered at one process is read at every other at once', async () => {
  const lanes = Array.from({ length: 8 }, (_, i) => (i % 2 ? unseen(here, there, 15) : unseen(there, here, 15)));
  expect(await Promise.all(lanes)).toEqual(lanes.map(() => 0));
});

it('a stream that was missing is read at once after it began elsewhere', async () => {
  for (let i = 0; i < 10; i += 1) {
    const stream = freshStream();
    expect(await here.readStream(stream)).toEqual([]);
    expect(await here.readStream(stream)).toEqual([]);
    await there.append(stream, NO_STREAM, [event()]);
    expect(await here.readStream(stream)).toHaveLength(1);
  }
});

it('an append is read at once even while the live subscriptions are dropped', async ({ skip }) => {
  if (realNodeUrl) return skip('a real node cannot be told to drop its readers');
  const { standIn, one, two } = await twoStores();
  const dropping = setInterval(() => standIn.dropReaders(), 5);
  onTestFinished(() => clearInterval(dropping));
  expect(await Promise.all(Array.from({ length: 6 }, () => unseen(one, two, 15)))).toEqual(Array(6).fill(0));
});

it('asking a thousand times whether anything is new asks the node a few times', async ({ skip }) => {
  if (realNodeUrl) return skip('a real node does not count its reads');
  const { url, reads, close } = await startStandIn();
  const store = await openEventStoreDb({ url, ...PATIENT });
  onTestFinished(async () => {
    await store.close();
    await close();
  });
  const stream = freshStream();
  await store.append(stream, NO_STREAM, eventsOf(3));
  await store.head();
  await store.readStream(stream);
  const before = reads();
  const answers = await Promise.all(Array.from({ length: 1000 }, () => store.readStream(stream, { from: 3 })));
  expect(answers.every((events) => events.length === 0)).toBe(true);
  expect(reads() - before).toBeLessThan(10);
});

it('a read since a moment sees what was answered before it, and all reads since that moment ask once', async ({
  skip,
}) => {
  if (realNodeUrl) return skip('a real node does not count its reads');
  const { standIn, one, two } = await twoStores();
  const [written, others] = [freshStream(), Array.from({ length: 20 }, freshStream)];
  for (const stream of others) expect(await two.readStream(stream)).toEqual([]);
  let asked = 0;
  for (let round = 0; round < 10; round += 1) {
    await one.append(written, round - 1, [event()]);
    const asOf = performance.now();
    expect(await two.readStream(written, { from: round, asOf })).toHaveLength(1);
    const before = standIn.reads();
    for (const stream of others) expect(await two.readStream(stream, { asOf })).toEqual([]);
    asked += standIn.reads() - before;
    await one.append(others[round]!, NO_STREAM, [event()]);
    expect(await two.readStream(others[round]!, { asOf: performance.now() })).toHaveLength(1);
    others.splice(round, 1, freshStream());
    expect(await two.readStream(others[round]!)).toEqual([]);
  }
  // One for each moment, and one for a stream or two that were read before the subscription was confirmed.
  expect(asked).toBeLessThan(20);
});

it("the node's own events are never given out, and do not stand in the way of fresh reads", async () => {
  const client = EventStoreDBClient.connectionString(node.url);
  onTestFinished(() => client.dispose());
  const stream = freshStream();
  const before = await here.head();
  const over = new AbortController();
  const followed: Recorded[] = [];
  const following = (async () => {
    for await (const batch of here.follow(before, over.signal)) followed.push(...batch);
  })();
  const { position } = await here.append(stream, NO_STREAM, [event()]);
  for (let i = 0; i < 50; i += 1) await client.setStreamMetadata(stream, { maxCount: 1000 + i });

  expect(await here.head()).toBe(position);
  expect(await there.head()).toBe(position);
  const late = await openEventStoreDb({ url: node.url });
  onTestFinished(() => late.close());
  expect(await late.head()).toBe(position);
  expect(await here.readStream(stream, { from: 1 })).toEqual([]);
  expect((await here.readLog(before, 5)).map(({ revision }) => revision)).toEqual([0]);
  expect(await here.readLog(position)).toEqual([]);

  const last = await here.append(stream, 0, [event()]);
  expect((await here.readLog(position, 1)).map((recorded) => recorded.position)).toEqual([last.position]);
  await expect.poll(() => followed.length).toBe(2);
  expect(followed.map((recorded) => recorded.position)).toEqual([position, last.position]);
  over.abort();
  await following;
});
