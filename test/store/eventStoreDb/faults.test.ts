// What the event store on EventStoreDB does when the node goes away, is silent, drops its readers or loses an answer.
// A real node cannot be told to do so: this needs the stand-in.

import { TimeoutError } from '@eventstore/db-client';
import { expect, it, onTestFinished } from 'vitest';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { type EventStore, NO_STREAM, type Recorded, Unavailable } from '../../../src/store/ports.ts';
import { event, eventsOf, freshStream } from '../../contracts/eventStore.contract.ts';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';
import { eventually } from '../../support/eventually.ts';

async function startNode() {
  const node = await startStandIn();
  onTestFinished(node.close);
  return node;
}

async function open(url: string, deadline = 5000, onError = (_: unknown) => {}): Promise<EventStore> {
  const store = await openEventStoreDb({ url, deadline, onError });
  onTestFinished(() => store.close());
  return store;
}

/** Follows the log from `position` for the length of a test. */
function follow(store: EventStore, position: number): Recorded[] {
  const over = new AbortController();
  const seen: Recorded[] = [];
  const run = async (): Promise<void> => {
    for await (const batch of store.follow(position, over.signal)) seen.push(...batch);
  };
  const ended = run();
  onTestFinished(async () => {
    over.abort();
    await ended;
  });
  return seen;
}

/** Appends until the store takes it: what a caller does who was told that it is away. */
async function appendAtLast(store: EventStore, stream: string, expected: number, id = event()): Promise<void> {
  await eventually(() => store.append(stream, expected, [id]));
}

const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);

it('a node that is away is refused at once, and served again when it is back', async () => {
  const node = await startNode();
  const store = await open(node.url);
  const stream = freshStream();
  const before = eventsOf(3);
  await store.append(stream, NO_STREAM, before);
  const seen = follow(store, 0);
  await eventually(() => expect(seen).toHaveLength(3));

  await node.goAway();
  const refusals = await Promise.allSettled(Array.from({ length: 100 }, () => store.append(stream, 2, [event()])));
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
  }
  await expect(store.readStream(stream)).rejects.toThrow(Unavailable);
  await expect(store.readLog(0)).rejects.toThrow(Unavailable);
  await expect(store.head()).rejects.toThrow(Unavailable);
  // The port is closed, so nothing is waited for: the whole took far less than one deadline.
  await node.comeBack();

  const after = event();
  await appendAtLast(store, stream, 2, after);
  await eventually(() => expect(idsOf(seen)).toEqual(idsOf([...before, after])));
  expect(await store.readStream(stream)).toHaveLength(4);
});

it('a node that is away while many write loses nothing answered, and followers see all of it once', async () => {
  const node = await startNode();
  const [store, other] = [await open(node.url), await open(node.url)];
  const seen = follow(other, 0);
  let outages = 3;
  const write = async (stream: string): Promise<string[]> => {
    const events = eventsOf(60);
    for (const [i, each] of events.entries()) await appendAtLast(store, stream, i - 1, each);
    return idsOf(events);
  };
  const writing = Promise.all(Array.from({ length: 8 }, () => write(freshStream())));
  for (; outages > 0; outages -= 1) {
    const reached = seen.length;
    await eventually(() => expect(seen.length).toBeGreaterThan(reached + 20));
    await node.goAway();
    await node.comeBack();
  }
  const written = (await writing).flat();
  await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(written.length));
  expect(idsOf(seen).toSorted()).toEqual(written.toSorted());
  expect(seen.every(({ position }, i) => i === 0 || position > seen[i - 1]!.position)).toBe(true);
});

it('a node that is not there yet is found when it comes', async () => {
  const node = await startNode();
  await node.goAway();
  const store = await open(node.url);
  const seen = follow(store, 0);
  await expect(store.append(freshStream(), NO_STREAM, [event()])).rejects.toThrow(Unavailable);
  await node.comeBack();
  await appendAtLast(store, freshStream(), NO_STREAM);
  await eventually(() => expect(seen).toHaveLength(1));
});

it('an append whose answer was lost is answered all the same, and written once', async () => {
  const node = await startNode();
  const store = await open(node.url);
  const stream = freshStream();
  const events = eventsOf(2);
  node.loseReplies(1);
  expect(await store.append(stream, NO_STREAM, events)).toMatchObject({ revision: 1 });
  expect(idsOf(await store.readStream(stream))).toEqual(idsOf(events));
});

it('an append whose answer is lost again and again is told as unknown, and finds its first result when replayed', async () => {
  const node = await startNode();
  const store = await open(node.url);
  const stream = freshStream();
  const events = eventsOf(2);
  node.loseReplies(2);
  await expect(store.append(stream, NO_STREAM, events)).rejects.toThrow(Unavailable);
  const replayed = await eventually(() => store.append(stream, NO_STREAM, events));
  const recorded = await store.readStream(stream);
  expect(idsOf(recorded)).toEqual(idsOf(events));
  expect(replayed).toEqual({ revision: 1, position: recorded[1]?.position });
});

it('a node that does not answer keeps nobody longer than the deadline, and the next not even that', async () => {
  const node = await startNode();
  const store = await open(node.url, 400);
  const stream = freshStream();
  await appendAtLast(store, stream, NO_STREAM);
  node.delayAnswers(60_000);
  const hanging = Array.from({ length: 50 }, () => store.append(freshStream(), NO_STREAM, [event()]));
  for (const each of await Promise.allSettled(hanging)) {
    expect(each).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
  }
  // Each would wait 400 ms and all of them longer than this case may take; only a few are let through to try.
  for (let i = 0; i < 200; i += 1) {
    await expect(store.append(freshStream(), NO_STREAM, [event()])).rejects.toThrow(Unavailable);
  }
  node.delayAnswers(0);
  await appendAtLast(store, stream, 0);
});

it('a reader the node drops as too slow receives every event once', async () => {
  const node = await startNode();
  const reported: unknown[] = [];
  const store = await open(node.url, 5000, (error) => reported.push(error));
  const stream = freshStream();
  const seen = follow(store, 0);
  const events = eventsOf(600);
  for (let i = 0; i < 600; i += 20) {
    await store.append(stream, i - 1, events.slice(i, i + 20));
    if (i % 100 === 0) node.dropReaders();
  }
  await eventually(() => expect(idsOf(seen)).toEqual(idsOf(events)));
  expect(reported).toContainEqual(expect.any(TimeoutError));
});

it('a process that is busy for a while is dropped by the node and misses nothing', async () => {
  const node = await startNode();
  const reported: unknown[] = [];
  const [busy, other] = [await open(node.url, 5000, (error) => reported.push(error)), await open(node.url)];
  const seen = follow(busy, 0);
  await other.append(freshStream(), NO_STREAM, [event()]);
  await eventually(() => expect(seen).toHaveLength(1));
  node.dropReadersBeyond(0);
  const streams = Array.from({ length: 20 }, freshStream);
  const large = () => Array.from({ length: 20 }, () => event('x'.repeat(20_000)));
  await Promise.all(streams.map((stream) => other.append(stream, NO_STREAM, large())));
  await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(401));
  expect(new Set(idsOf(seen)).size).toBe(seen.length);
  expect(seen).toHaveLength(401);
  expect(reported).toContainEqual(expect.any(TimeoutError));
});

it('who follows in vain is told why, until the node delivers again; that it was dropped once is nothing', async () => {
  const node = await startNode();
  const told: unknown[] = [];
  const store = await openEventStoreDb({ url: node.url, onFollowing: (failure) => told.push(failure) });
  onTestFinished(() => store.close());
  const stream = freshStream();
  const seen = follow(store, 0);
  await store.append(stream, NO_STREAM, [event()]);
  await eventually(() => expect(seen).toHaveLength(1));
  node.dropReaders();
  await store.append(stream, 0, [event()]);
  await eventually(() => expect(seen).toHaveLength(2));
  expect(told).toEqual([]);

  node.refuseSubscriptions('too many subscriptions');
  await eventually(() => expect(told.length).toBeGreaterThan(1));
  const refused = expect.objectContaining({ message: expect.stringContaining('too many subscriptions') });
  expect(new Set(told.map((failure) => failure instanceof Unavailable))).toEqual(new Set([true]));
  expect(told[0]).toEqual(refused);
  await store.append(stream, 1, [event()]);
  expect(await store.readStream(stream)).toHaveLength(3);
  expect(told.at(-1)).toEqual(refused);
  node.refuseSubscriptions(undefined);
  await eventually(() => expect(seen).toHaveLength(3));
  expect(told.at(-1)).toBeUndefined();
});

it('a subscription that stays open and brings nothing is made again once somebody has asked for the end for long', async () => {
  const node = await startNode();
  const store = await open(node.url, 1000);
  const stream = freshStream();
  const seen = follow(store, 0);
  await appendAtLast(store, stream, NO_STREAM);
  await eventually(() => expect(seen).toHaveLength(1));
  node.holdEvents(true);
  const { position } = await store.append(stream, 0, [event()]);
  expect(await store.readStream(stream, { from: 1 })).toHaveLength(1);
  await eventually(async () => {
    expect(await store.head()).toBe(position);
    expect(seen).toHaveLength(2);
  });
});

it('a subscription that is late again and again, and brings everything, goes on', async () => {
  const node = await startNode();
  const reported: unknown[] = [];
  const store = await open(node.url, 1500, (error) => reported.push(error));
  const stream = freshStream();
  const seen = follow(store, 0);
  await appendAtLast(store, stream, NO_STREAM);
  await eventually(() => expect(seen).toHaveLength(1));
  // Together they are late for longer than the deadline.
  for (let revision = 0; revision < 10; revision++) {
    node.holdEvents(true);
    const { position } = await store.append(stream, revision, [event()]);
    expect(await store.head()).toBe(position);
    node.holdEvents(false);
    await eventually(() => expect(seen).toHaveLength(revision + 2));
  }
  expect(reported).toEqual([]);
});

it('a follower that cannot read what lies behind says so too, until it reads or ends', async () => {
  const node = await startNode();
  const first = await open(node.url);
  await first.append(freshStream(), NO_STREAM, eventsOf(3));
  const told: unknown[] = [];
  const store = await openEventStoreDb({ url: node.url, onFollowing: (failure) => told.push(failure) });
  onTestFinished(() => store.close());
  const live = follow(store, await store.head());
  await first.append(freshStream(), NO_STREAM, [event()]);
  await eventually(() => expect(live).toHaveLength(1));
  expect(told).toEqual([]);
  node.failReads(8, 'the disk', 4);
  const seen = follow(store, 0);
  await eventually(() => expect(seen).toHaveLength(4));
  expect(told).toEqual([expect.any(Unavailable), expect.any(Unavailable), undefined]);

  node.failReads(8, 'the disk', 1000);
  const over = new AbortController();
  const next = store.follow(0, over.signal)[Symbol.asyncIterator]().next();
  await eventually(() => expect(told.length).toBeGreaterThan(3));
  over.abort();
  await next;
  expect(told.at(-1)).toBeUndefined();
});

it('following ends at once when told to, also while the node is away', async () => {
  const node = await startNode();
  const store = await open(node.url);
  await node.goAway();
  for (const position of [0, Number.MAX_SAFE_INTEGER]) {
    const over = new AbortController();
    const next = store.follow(position, over.signal)[Symbol.asyncIterator]().next();
    setImmediate(() => over.abort());
    expect((await next).done).toBe(true);
  }
});

it('a store can be closed while the node is away or silent, and then refuses', async () => {
  const node = await startNode();
  const [silent, away] = [await open(node.url), await open(node.url)];
  const following = Array.fromAsync(silent.follow(0, new AbortController().signal));
  await silent.append(freshStream(), NO_STREAM, [event()]);
  node.delayAnswers(60_000);
  const hanging = silent.append(freshStream(), NO_STREAM, [event()]);
  const hung = expect(hanging).rejects.toThrow(Unavailable);
  await silent.close();
  await hung;
  await following;
  await node.goAway();
  await away.close();
  await expect(away.append(freshStream(), NO_STREAM, [event()])).rejects.toThrow(Unavailable);
});

it('closing one store of a process leaves the appends of another alone', async () => {
  const node = await startNode();
  const [one, two] = [await open(node.url), await open(node.url)];
  await one.append(freshStream(), NO_STREAM, [event()]);
  node.delayAnswers(50);
  const underWay = two.append(freshStream(), NO_STREAM, [event()]);
  await one.close();
  expect(await underWay).toMatchObject({ revision: 0 });
});
