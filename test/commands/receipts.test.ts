// The receipts that a process holds in memory, of all streams together.

import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { type Coverage, createReceipts, type ReceiptsOptions } from '../../src/commands/receipts.ts';
import { encode } from '../../src/domain/codec.ts';
import type { Meta } from '../../src/domain/events.ts';
import { type EventStore, type Recorded, Unavailable } from '../../src/store/ports.ts';
import { event, messageSent, NOON } from '../support/scenario.ts';

const MIB = 1024 * 1024;
const keyed = (commandHash = 'content'): Meta => ({
  actorId: null,
  correlationId: 'test',
  commandId: randomUUID(),
  commandHash,
});
const coverageOf = (stream: string): Coverage => ({ stream, missingUpTo: 0 });
/** Nothing of these streams is sealed. */
const storeWith = (readStream: EventStore['readStream']): ReceiptsOptions['events'] => ({
  readStream,
  recorded: { readStream } as EventStore,
});
const noStore = storeWith(async () => []);

const streamOf = (metas: readonly Meta[]): readonly Recorded[] =>
  metas.map((meta, revision) => ({
    ...encode(
      randomUUID(),
      event('MessagesRead', { conversationId: randomUUID(), userId: randomUUID(), upTo: 1 }),
      NOON,
      meta,
    ),
    stream: 'busy',
    revision,
    position: revision + 1,
  }));

test('receipts of all streams share one bound in bytes, and a stream knows up to where some have fallen out', () => {
  const receipts = createReceipts({ events: noStore, inViews: async () => undefined, maxBytes: MIB });
  const streams = Array.from({ length: 100 }, (_, i) => coverageOf(`messages-${i}`));
  const kept = Array.from({ length: 20_000 }, (_, i) => ({
    coverage: streams[i % 100]!,
    meta: keyed(),
    position: i + 1,
  }));
  for (const { coverage, meta, position } of kept) receipts.keep(coverage, meta, { position, revision: 0, at: NOON });
  const isCached = kept.map(({ coverage, meta }) => receipts.cached(coverage, meta) !== undefined);
  const count = isCached.filter(Boolean).length;
  expect(count).toBeGreaterThan(MIB / 600);
  expect(count).toBeLessThan(MIB / 400);
  for (const [i, { coverage, position }] of kept.entries())
    if (!isCached[i]) expect(coverage.missingUpTo).toBeGreaterThanOrEqual(position);
    else expect(coverage.missingUpTo).toBeLessThan(position);
});

test('a receipt that fell out is found in the views, and a command that the views lack is asked for once', async () => {
  const inViews = vi.fn(async () => undefined);
  const receipts = createReceipts({ events: noStore, inViews, maxBytes: 700 });
  const [coverage, meta] = [coverageOf('busy'), keyed()];
  for (const position of [1, 2]) receipts.keep(coverage, keyed(), { position, revision: 0, at: NOON });
  expect(await receipts.find(coverage, meta, 1)).toBeUndefined();
  expect(await receipts.find(coverage, meta, 1)).toBeUndefined();
  expect(inViews.mock.calls).toEqual([[meta.commandId, 1]]);
});

test('while the views are away a receipt is found in its stream, unless that is too long to be read', async () => {
  const metas = Array.from({ length: 1500 }, () => keyed());
  const recorded = streamOf(metas);
  const readStream = vi.fn(async (_: string, { from = 0, limit = 1000 } = {}) => recorded.slice(from, from + limit));
  const away = async () => {
    throw new Unavailable('views');
  };
  const receipts = createReceipts({ events: storeWith(readStream), inViews: away });
  const coverage = { stream: 'busy', missingUpTo: 1500 };
  await expect(receipts.find(coverage, metas[0]!, 10_000)).rejects.toThrow(Unavailable);
  expect(await receipts.find(coverage, metas[0]!, 1499)).toEqual({
    commandHash: 'content',
    position: 1,
    revision: 0,
    at: NOON,
  });
  expect(await receipts.find(coverage, metas[1499]!, 1499)).toMatchObject({ position: 1500 });
  expect(await receipts.find(coverage, keyed(), 1499)).toBeUndefined();
  expect(readStream).toHaveBeenCalledTimes(2);
});

test('while the views are away only the event under the same key is opened', async () => {
  const metas = [keyed(), keyed()];
  const opened = metas.map((meta, revision): Recorded => {
    const { private: part, ...sent } = encode(randomUUID(), messageSent(randomUUID()), NOON, meta);
    const data = `${sent.data.slice(0, -1)},"secret":"one.other.text"}`;
    return { ...sent, data, opened: part!.text, stream: 'busy', revision, position: revision + 1 };
  });
  const pageOf = (events: readonly Recorded[]) =>
    vi.fn(async (_: string, { from = 0, limit = 1000 } = {}) => events.slice(from, from + limit));
  const readStream = pageOf(opened);
  const sealed = pageOf(opened.map(({ opened: _, ...recorded }) => recorded));
  const away = async () => {
    throw new Unavailable('views');
  };
  const events = { readStream, recorded: { readStream: sealed } as Partial<EventStore> as EventStore };
  const receipts = createReceipts({ events, inViews: away });
  const coverage = { stream: 'busy', missingUpTo: 2 };
  expect(await receipts.find(coverage, keyed(), 1)).toBeUndefined();
  expect(readStream).not.toHaveBeenCalled();
  expect(await receipts.find(coverage, metas[1]!, 1)).toMatchObject({ commandHash: 'content', position: 2 });
  expect(readStream.mock.calls).toEqual([['busy', { from: 1, limit: 1 }]]);
  const second = { stream: 'busy', missingUpTo: 2 };
  const others = createReceipts({ events, inViews: away });
  await expect(others.find(second, { ...metas[0]!, commandHash: 'of another' }, 1)).rejects.toThrow(
    'command-key-reused',
  );
});
