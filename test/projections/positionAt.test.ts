// A time becomes a position, without a look at the log before its minute; and a page of the past without one at the whole list.

import { expect, test } from 'vitest';
import { moments } from '../../src/projections/moments.ts';
import { positionAt } from '../../src/projections/past/positionAt.ts';
import { createQueriesAt } from '../../src/projections/past/queries.ts';
import { changed } from '../../src/projections/projection.ts';
import type { Queries } from '../../src/projections/queries.ts';
import type { Doc, Find, Recorded } from '../../src/store/ports.ts';

const at = (time: string): string => `2026-03-01T${time}.000Z`;

interface Happened {
  readonly at: string;
  readonly sentAt?: string;
}

/** Views of moments, and a log of whole numbers, that say what was asked of them. */
const logOf = (happened: readonly Happened[]) => {
  const docs = new Map<string, Doc>();
  const asked: number[] = [];
  const log = happened.map(({ at }, i): Recorded => {
    const meta = JSON.stringify({ v: 1, at, correlationId: 'test' });
    const data = JSON.stringify({ userId: '0190b0a0-0000-7000-8000-000000000001' });
    return { id: '', type: 'UserDeleted', stream: 'user-1', revision: i, position: 10 * (i + 1), meta, data };
  });
  for (const [i, { at, sentAt }] of happened.entries()) {
    const event = { type: 'MessageSent', at, revision: i, position: 10 * (i + 1), data: { sentAt } } as never;
    for (const change of moments.on.MessageSent!(event))
      if (change.op === 'put') docs.set(change.doc.id, changed(docs.get(change.doc.id), change)!);
  }
  const find = async (_: string, { where, before, limit }: Find) => {
    const found = [...docs.values()]
      .filter((doc) => doc.era === where.era && String(doc.minute) < String(before))
      .toSorted((one, other) => (String(one.minute) < String(other.minute) ? 1 : -1));
    return { docs: found.slice(0, limit), more: false };
  };
  const readLog = async (position: number, limit = 1000) => {
    asked.push(position);
    return log.filter((event) => event.position > position).slice(0, limit);
  };
  return { asked, at: (time: string) => positionAt({ find }, { readLog }, time) };
};

const morning = [at('09:00:10'), at('09:00:20'), at('09:00:20'), at('09:05:00'), at('09:30:00')].map((at) => ({ at }));

test.each([
  [at('08:00:00'), 0],
  [at('09:00:10'), 10],
  [at('09:00:15'), 10],
  [at('09:00:20'), 30],
  [at('09:04:59'), 30],
  [at('09:05:00'), 40],
  [at('23:00:00'), 50],
])('at %s the log stood at %i', async (time, position) => {
  expect(await logOf(morning).at(time)).toBe(position);
});

test('the log is read from the minute before on', async () => {
  const log = logOf(morning);
  await log.at(at('09:29:00'));
  expect(log.asked).toEqual([40]);
});

test('of a minute in which very much was recorded, only what lies around the time is read', async () => {
  const second = (i: number): string => String(Math.floor(i / 1000)).padStart(2, '0');
  const log = logOf(Array.from({ length: 30_000 }, (_, i) => ({ at: at(`09:00:${second(i)}`) })));
  expect(await log.at(at('09:00:12'))).toBe(130_000);
  expect(await log.at(at('09:00:29'))).toBe(300_000);
  expect(await log.at(at('08:59:59'))).toBe(0);
  expect(log.asked.length).toBeLessThanOrEqual(3);
});

test('before the first event, imported messages tell the time', async () => {
  const log = logOf([
    { at: at('09:00:00') },
    { at: at('09:00:01'), sentAt: '2008-04-01T12:00:00.000Z' },
    { at: at('09:00:02'), sentAt: '2008-04-01T12:07:00.000Z' },
    { at: at('09:00:03'), sentAt: '2009-04-01T12:00:00.000Z' },
  ]);
  expect(await log.at('2008-04-01T11:59:59.000Z')).toBe(0);
  expect(await log.at('2008-04-01T12:06:00.000Z')).toBe(20);
  expect(await log.at('2008-12-31T00:00:00.000Z')).toBe(30);
  expect(await log.at(at('09:00:02'))).toBe(30);
});

test('whoever looks for people asks those renamed since then step by step, and no further than one wants to know', async () => {
  const ids = Array.from({ length: 2500 }, (_, i) => `0190b0a0-0000-7000-8000-${String(i).padStart(12, '0')}`);
  const find = async (collection: string, { after = 0, limit }: Find) => {
    if (collection !== 'renames') return { docs: [], more: false };
    const docs = ids.slice(Number(after), Number(after) + limit).map((id, i) => ({ id, last: Number(after) + i + 1 }));
    return { docs, more: docs.length === limit };
  };
  let asked = 0;
  const readStream = async (stream: string) => {
    if (stream.startsWith('user-')) asked++;
    return [];
  };
  const get = async (_: string, wanted: readonly string[]) => wanted.map(() => undefined);
  const views = { find, get, count: async () => 0, search: () => Promise.reject(new Error('not asked')) };
  const queriesAt = createQueriesAt(views, { readStream, open: async () => [] }, {} as Queries);
  let steps = 0;
  const inTurn = async <T>(step: () => Promise<T>): Promise<T> => {
    if (++steps > 10) throw new Error('the client has gone');
    return step();
  };
  await expect(queriesAt(0, { userId: '', seesAll: true }, inTurn).usersNamed('a', 10)).rejects.toThrow('has gone');
  expect(asked).toBe(1000);
});

test('the last page of the past of a long conversation takes few looks at it', async () => {
  const conversationId = '0190b0a0-0000-7000-8000-000000000002';
  const length = 200_000;
  let looks = 0;
  const find = async (_: string, { after = 0, before = length + 1, descending, limit }: Find) => {
    looks++;
    const [first, last] = [Number(after) + 1, Math.min(Number(before) - 1, length)];
    const count = Math.max(0, Math.min(limit, last - first + 1));
    const seqs = Array.from({ length: count }, (_, i) => (descending ? last - i : first + i));
    const docs = seqs.map((seq) => ({ id: String(seq), eventId: '', secret: '', seq, position: 7 * seq }));
    return { docs, more: count === limit };
  };
  const nothing = async () => [];
  const views = { find, get: nothing, count: async () => 0, search: () => Promise.reject(new Error('not asked')) };
  const events = { readStream: nothing, open: async (secrets: readonly unknown[]) => secrets.map(() => null) };
  const past = createQueriesAt(views, events, {} as Queries)(7 * 123_456 + 3, { userId: '', seesAll: true });
  const page = await past.messagesIn(conversationId, { limit: 50, descending: true });
  expect(page.items.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => 123_456 - i));
  expect(looks).toBeLessThanOrEqual(3 + Math.ceil(Math.log2(length)));
});
