// A call that fails takes no other call with it, and the node's time-out is an answer: what the node says of one call is
// no outage.

import { expect, it, onTestFinished, vi } from 'vitest';
import { connect } from '../../../src/store/eventStoreDb/connection.ts';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { CallFailed, isGone } from '../../../src/store/eventStoreDb/failures.ts';
import { type EventStore, NO_STREAM, PositionUnknown, Unavailable } from '../../../src/store/ports.ts';
import { event, eventsOf, freshStream } from '../../contracts/eventStore.contract.ts';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';
import { eventually } from '../../support/eventually.ts';

const UNKNOWN = 2;
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

const startNode = async () => {
  const node = await startStandIn();
  onTestFinished(node.close);
  return node;
};

/** `outages`: what made the store give its connection up. */
const open = async (url: string, options: Partial<Parameters<typeof openEventStoreDb>[0]> = {}) => {
  const outages: unknown[] = [];
  const store = await openEventStoreDb({ url, onError: (error) => outages.push(error), ...options });
  onTestFinished(() => store.close());
  return { store, outages };
};

/** Appends under way; they are answered only later. */
const appending = (store: EventStore, count = 20) =>
  Array.from({ length: count }, () => store.append(freshStream(), NO_STREAM, [event()]));

it('a number that is no position is answered as such, forwards and in a follower, and every append goes on', async () => {
  const node = await startNode();
  const { store, outages } = await open(node.url);
  const { position } = await store.append(freshStream(), NO_STREAM, eventsOf(3));
  const far = [position - 1, position + 1, 1, position + 10_000_000];
  const others = appending(store);
  for (const wrong of far) await expect(store.readLog(wrong)).rejects.toThrow(PositionUnknown);
  await Promise.all(others);
  // This one has no event in memory, and must ask the node.
  const { store: other } = await open(node.url);
  await other.head();
  const { signal } = new AbortController();
  await expect(
    other
      .follow(position - 1, signal)
      [Symbol.asyncIterator]()
      .next(),
  ).rejects.toThrow(PositionUnknown);
  expect(await store.readLog(position)).toHaveLength(20);
  expect(outages).toEqual([]);
});

it('a node that says INVALID_ARGUMENT means the same', async () => {
  const node = await startNode();
  const { store, outages } = await open(node.url);
  const { position } = await store.append(freshStream(), NO_STREAM, [event()]);
  await eventually(async () => expect(await store.head()).toBe(position));
  node.failReads(INVALID_ARGUMENT, 'no such position', 2);
  await expect(store.readLog(position)).rejects.toThrow(PositionUnknown);
  expect(outages).toEqual([]);
});

it('a read that fails once is put again; one that keeps failing is away, and nothing else is', async () => {
  const node = await startNode();
  const { store, outages } = await open(node.url);
  const stream = freshStream();
  const { position } = await store.append(stream, NO_STREAM, [event()]);
  await eventually(async () => expect(await store.head()).toBe(position));
  const others = appending(store);
  node.failReads(RESOURCE_EXHAUSTED, 'too much');
  expect(await store.readStream(stream)).toHaveLength(1);
  node.failReads(RESOURCE_EXHAUSTED, 'too much', 2);
  await expect(store.readStream(stream)).rejects.toThrow(Unavailable);
  // The node fails at every question: it is no matter of the position.
  node.failReads(UNKNOWN, 'the disk', 4);
  await expect(store.readLog(position)).rejects.toThrow(Unavailable);
  await Promise.all(others);
  expect(outages).toEqual([]);
});

it('the same append twice at once, from two processes, is written once and answered alike', async () => {
  const node = await startNode();
  node.timeOutDoublesAfter(0);
  const [{ store: one, outages }, { store: two }] = [await open(node.url), await open(node.url)];
  for (let round = 0; round < 5; round++) {
    const stream = freshStream();
    const same = eventsOf(2);
    const [first, second, third] = await Promise.all(
      [one, two, one].map((store) => store.append(stream, NO_STREAM, same)),
    );
    expect([second, third]).toEqual([first, first]);
    expect(await two.readStream(stream)).toHaveLength(2);
  }
  expect(outages).toEqual([]);
});

it.each([60_000, -60_000, 365 * 24 * 3600 * 1000])(
  'appends are taken by a node whose clock is %i ms ahead',
  async (ahead) => {
    const node = await startNode();
    node.setClockAhead(ahead);
    const found: number[] = [];
    const { store } = await open(node.url, { clockEvery: 0, onClockDifference: (each) => found.push(each) });
    const stream = freshStream();
    for (let revision = -1; found.length < 2; revision++) await store.append(stream, revision, [event()]);
    // The first measurement may be of an append that was made before: it does not count alone.
    expect(found[0]).toBe(0);
    expect(Math.abs(found[1]! - ahead)).toBeLessThan(10_000);
    node.setClockAhead(0);
    const [last] = await store.readStream(stream, { backwards: true, limit: 1 });
    for (let revision = last!.revision; found.at(-1) !== 0; revision++) await store.append(stream, revision, [event()]);
  },
);

it('only a connection that is gone ends the calls of others', () => {
  const failure = (code: number, exception?: string) =>
    Object.assign(new Error('failed'), { code, metadata: { get: () => [exception] } });
  const gone = (code: number): boolean => isGone(failure(code));
  const codes = Array.from({ length: 16 }, (_, i) => i + 1);
  expect(codes.filter(gone)).toEqual([1, 4, 13, 14]);
  expect(isGone(new Error('connect ECONNREFUSED'))).toBe(true);
  expect(isGone(failure(5, 'not-leader'))).toBe(true);
  expect(isGone(new SyntaxError('what somebody recorded is no JSON'))).toBe(false);
});

it('a second try that has little time left ends alone: calls that began meanwhile go on', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const outages: unknown[] = [];
  const onError = (error: unknown) => outages.push(error);
  // No call comes to the node.
  const connection = connect({ url: 'esdb://127.0.0.1:1?tls=false', deadline: 400, overdue: 400, onError });
  onTestFinished(connection.close);
  const { promise: busy, reject: fail } = Promise.withResolvers<never>();
  let tries = 0;
  const late = connection.run(() => (++tries === 1 ? busy : new Promise<never>(() => undefined)));
  const refused = expect(late).rejects.toThrow(Unavailable);
  await vi.advanceTimersByTimeAsync(350);
  fail(new CallFailed('the node was busy'));
  await vi.advanceTimersByTimeAsync(0);
  expect(tries).toBe(2);
  let asked = 0;
  const other = connection.run(async () => {
    asked++;
    await refused;
    return 'answered';
  });
  await vi.advanceTimersByTimeAsync(50);
  expect(await other).toBe('answered');
  expect([asked, outages]).toEqual([1, []]);
});
