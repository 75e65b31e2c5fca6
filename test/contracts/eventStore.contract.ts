// What every event store does, whichever database is behind it. Run once per adapter. Other events may already be in its
// log, and positions may have holes.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  APPEND_LIMITS,
  type Appended,
  Conflict,
  charsOf,
  type EventStore,
  isLastPage,
  type NewEvent,
  NO_STREAM,
  PAGE_CHARS,
  PositionUnknown,
  type Recorded,
} from '../../src/store/ports.ts';

export interface OpenEventStore {
  readonly store: EventStore;
  readonly close: () => Promise<void>;
  /** Closes the store and opens it on the same data, where the adapter has data of its own. */
  readonly reopen?: () => Promise<EventStore>;
}

/** `writers`: how many race for one stream. Each conflict costs a read: the work grows with their square. */
export function eventStoreContract(
  name: string,
  open: () => Promise<OpenEventStore>,
  { writers: racing = 12 } = {},
): void {
  describe(`event store: ${name}`, () => {
    let opened: OpenEventStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());

    describe('appending', () => {
      it('answers where the last event lies', async () => {
        const stream = freshStream();
        const first = await store.append(stream, NO_STREAM, [event()]);
        expect(first.revision).toBe(0);
        expect(first.position).toBeGreaterThan(0);
        expect(Number.isSafeInteger(first.position)).toBe(true);
        const third = await store.append(stream, 0, [event(), event()]);
        expect(third.revision).toBe(2);
        expect(third.position).toBeGreaterThan(first.position);
      });

      it('records all events of an append in their order', async () => {
        const stream = freshStream();
        const events = eventsOf(5);
        const appended = await store.append(stream, NO_STREAM, events);
        const recorded = await store.readStream(stream);
        expect(recorded.map(({ id }) => id)).toEqual(idsOf(events));
        expect(recorded.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
        expect(recorded.at(-1)?.position).toBe(appended.position);
        expect(isRising(recorded)).toBe(true);
      });

      it('records type, data and meta as they were given, in any script', async () => {
        const stream = freshStream();
        const data = JSON.stringify({
          text: 'سلام 👋🏽 "q" \\ \n\u0000 \u2028 Ünïcode',
          n: 1.5,
          list: [null, true, {}],
        });
        const meta = JSON.stringify({ actorId: randomUUID(), note: '日本語' });
        const given = { id: randomUUID(), type: 'MessageSent', data, meta };
        const appended = await store.append(stream, NO_STREAM, [given]);
        const [recorded, ...others] = await store.readStream(stream);
        expect(others).toEqual([]);
        expect(parsed(recorded!)).toEqual({ ...parsed(given), stream, revision: 0, position: appended.position });
      });

      it.each([
        ['a missing stream', 0, 3],
        ['a stream that exists', 1, NO_STREAM],
        ['an earlier revision', 3, 1],
        ['a later revision', 3, 7],
      ])('refuses a wrong expectation and writes nothing: %s', async (_, existing, expected) => {
        const stream = freshStream();
        const before = eventsOf(existing);
        if (existing > 0) await store.append(stream, NO_STREAM, before);
        await expect(store.append(stream, expected, [event()])).rejects.toThrow(Conflict);
        expect(idsOf(await store.readStream(stream))).toEqual(idsOf(before));
      });

      it('lets one of twenty racing first appends win', async () => {
        const stream = freshStream();
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, () => store.append(stream, NO_STREAM, [event()])),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Conflict);
        }
        expect(await store.readStream(stream)).toHaveLength(1);
      });

      it('takes appends to many streams at once, each by its own expectation', async () => {
        const streams = Array.from({ length: 50 }, freshStream);
        const outcomes = await Promise.allSettled(
          streams.map((stream, i) => store.append(stream, i % 5 === 0 ? 4 : NO_STREAM, [event()])),
        );
        expect(outcomes.map(({ status }) => status)).toEqual(
          streams.map((_, i) => (i % 5 === 0 ? 'rejected' : 'fulfilled')),
        );
      });

      it('lands all appends of many writers of one stream who retry after conflicts', async () => {
        const stream = freshStream();
        const writers = Array.from({ length: racing }, () => eventsOf(10));
        await Promise.all(writers.map((events) => appendEach(store, stream, events)));
        const recorded = await readAll(store, stream);
        expect(recorded.map(({ revision }) => revision)).toEqual(writers.flat().map((_, i) => i));
        expect(new Set(idsOf(recorded))).toEqual(new Set(idsOf(writers.flat())));
        for (const events of writers) {
          const own = new Set(idsOf(events));
          expect(idsOf(recorded).filter((id) => own.has(id))).toEqual(idsOf(events));
        }
      });
    });

    describe('repeating an append', () => {
      it('answers as the first time and writes nothing', async () => {
        const stream = freshStream();
        const events = eventsOf(3);
        const first = await store.append(stream, NO_STREAM, events);
        expect(await store.append(stream, NO_STREAM, events)).toEqual(first);
        expect(await store.readStream(stream)).toHaveLength(3);
      });

      it('answers as the first time after other events', async () => {
        const stream = freshStream();
        await store.append(stream, NO_STREAM, [event()]);
        const events = eventsOf(2);
        const first = await store.append(stream, 0, events);
        await store.append(stream, 2, eventsOf(4));
        await store.append(freshStream(), NO_STREAM, eventsOf(10));
        expect(await store.append(stream, 0, events)).toEqual(first);
        expect(await store.readStream(stream)).toHaveLength(7);
      });

      it('answers both when the same append is made twice at once', async () => {
        const stream = freshStream();
        const events = eventsOf(2);
        const [one, two] = await Promise.all([
          store.append(stream, NO_STREAM, events),
          store.append(stream, NO_STREAM, events),
        ]);
        expect(two).toEqual(one);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('answers as the first time after the store was opened again', async ({ skip }) => {
        const again = await open();
        try {
          if (!again.reopen) return skip('this adapter has no data of its own to open again');
          const stream = freshStream();
          const events = eventsOf(2);
          const first = await again.store.append(stream, NO_STREAM, events);
          await again.store.append(stream, 1, [event()]);
          const reopened = await again.reopen();
          expect(await reopened.append(stream, NO_STREAM, events)).toEqual(first);
          expect(await reopened.readStream(stream)).toHaveLength(3);
          expect((await reopened.append(stream, 2, [event()])).position).toBeGreaterThan(first.position);
        } finally {
          await again.close();
        }
      });

      it('is refused when some of its events were never written', async () => {
        const stream = freshStream();
        const events = eventsOf(3);
        await store.append(stream, NO_STREAM, events.slice(0, 2));
        await expect(store.append(stream, NO_STREAM, events)).rejects.toThrow(Conflict);
        await expect(store.append(stream, NO_STREAM, [events[0]!, event()])).rejects.toThrow(Conflict);
        await expect(store.append(stream, NO_STREAM, [events[1]!, events[0]!])).rejects.toThrow(Conflict);
        expect(await store.readStream(stream)).toHaveLength(2);
      });
    });

    describe('limits of an append', () => {
      const { events: most, bytes } = APPEND_LIMITS;

      it('takes as many events, and as many bytes, as the limits say', async () => {
        expect(await store.append(freshStream(), NO_STREAM, eventsOf(most))).toMatchObject({ revision: most - 1 });
        const stream = freshStream();
        await store.append(stream, NO_STREAM, [eventOf(bytes)]);
        expect(Buffer.byteLength((await store.readStream(stream))[0]!.data)).toBe(bytes - 2);
      });

      it('refuses an append of no event, of too many, or of too many bytes', async () => {
        const stream = freshStream();
        await expect(store.append(stream, NO_STREAM, [])).rejects.toThrow(RangeError);
        await expect(store.append(stream, NO_STREAM, eventsOf(most + 1))).rejects.toThrow(RangeError);
        await expect(store.append(stream, NO_STREAM, [eventOf(bytes + 1)])).rejects.toThrow(RangeError);
        await expect(store.append(stream, NO_STREAM, [event('é'.repeat(bytes / 2))])).rejects.toThrow(RangeError);
        expect(await store.readStream(stream)).toEqual([]);
      });

      it('refuses an id that is not a UUID, and the store lives on', async () => {
        const stream = freshStream();
        for (const id of ['', 'not-a-uuid', randomUUID().toUpperCase().replace(/^./, 'A'), `${randomUUID()}0`]) {
          await expect(store.append(stream, NO_STREAM, [{ ...event(), id }])).rejects.toThrow(TypeError);
        }
        await store.append(stream, NO_STREAM, [event()]);
      });
    });

    describe('reading a stream', () => {
      const stream = freshStream();
      beforeAll(async () => {
        await store.append(stream, NO_STREAM, eventsOf(4));
        await store.append(stream, 3, eventsOf(6));
      });
      const revisions = async (range: Parameters<EventStore['readStream']>[1]) =>
        (await store.readStream(stream, range)).map(({ revision }) => revision);

      it('goes forwards from the first event or the one asked for', async () => {
        expect(await revisions({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        expect(await revisions({ from: 7 })).toEqual([7, 8, 9]);
        expect(await revisions({ from: 2, limit: 3 })).toEqual([2, 3, 4]);
      });

      it('goes backwards from the last event or the one asked for', async () => {
        expect(await revisions({ backwards: true })).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        expect(await revisions({ backwards: true, limit: 2 })).toEqual([9, 8]);
        expect(await revisions({ backwards: true, from: 4, limit: 3 })).toEqual([4, 3, 2]);
        expect(await revisions({ backwards: true, from: 1 })).toEqual([1, 0]);
      });

      it('is empty past the end', async () => {
        expect(await revisions({ from: 10 })).toEqual([]);
        expect(await revisions({ from: 1000 })).toEqual([]);
      });

      it('goes back from the end when asked to go back from beyond it', async () => {
        expect(await revisions({ backwards: true, from: 1000, limit: 2 })).toEqual([9, 8]);
      });

      it('is empty for a missing stream, in either direction', async () => {
        const missing = freshStream();
        expect(await store.readStream(missing)).toEqual([]);
        expect(await store.readStream(missing, { from: 5 })).toEqual([]);
        expect(await store.readStream(missing, { backwards: true, limit: 1 })).toEqual([]);
      });

      it('sees every append answered before', async () => {
        const busy = freshStream();
        for (let expected = NO_STREAM; expected < 20; expected++) {
          expect(await store.readStream(busy, { from: expected + 1 })).toEqual([]);
          await store.append(busy, expected, [event()]);
          expect(await store.readStream(busy, { from: expected + 1 })).toHaveLength(1);
        }
      });

      it('refuses a limit that is not between 1 and 5000', async () => {
        for (const limit of [0, -1, 5001, 1.5, Number.NaN]) {
          await expect(store.readStream(stream, { limit })).rejects.toThrow(RangeError);
        }
      });
    });

    describe('reading the log', () => {
      it('gives the events of all streams in the order of their positions', async () => {
        const before = await store.head();
        const [one, two] = [freshStream(), freshStream()];
        await store.append(one, NO_STREAM, eventsOf(2));
        await store.append(two, NO_STREAM, eventsOf(2));
        const { position } = await store.append(one, 1, eventsOf(1));
        const own = of([one, two], await logAfter(store, before, position));
        expect(own.map(({ stream, revision }) => [stream, revision])).toEqual([
          [one, 0],
          [one, 1],
          [two, 0],
          [two, 1],
          [one, 2],
        ]);
        expect(isRising(own)).toBe(true);
        expect(own.filter(({ stream }) => stream === one)).toEqual(await store.readStream(one));
      });

      it('begins after the position asked for and gives as many events as asked for', async () => {
        const before = await store.head();
        const { position: end } = await store.append(freshStream(), NO_STREAM, eventsOf(9));
        const all = await logAfter(store, before, end);
        expect(await store.readLog(before, 4)).toEqual(all.slice(0, 4));
        expect(await store.readLog(all[3]!.position, 4)).toEqual(all.slice(4, 8));
        expect(await store.readLog(all[7]!.position, 1)).toEqual(all.slice(8, 9));
      });

      it('begins with the first event of all', async () => {
        await store.append(freshStream(), NO_STREAM, [event()]);
        expect(await store.readLog(0, 1)).toHaveLength(1);
      });

      it('is of no use beyond its end: nothing lies there, and that is no outage', async () => {
        const { position } = await store.append(freshStream(), NO_STREAM, [event()]);
        for (const beyond of [position + 10_000_000, Number.MAX_SAFE_INTEGER])
          await expect(store.readLog(beyond)).rejects.toThrow(PositionUnknown);
        expect(await store.readLog(0, 1)).toHaveLength(1);
      });

      it('is read on from its end while it grows', async () => {
        const stream = freshStream();
        let at = await store.head();
        const growing = appendEach(store, stream, eventsOf(40));
        for (let count = 0; count < 40; ) {
          const page = await store.readLog(at, 3);
          count += of([stream], page).length;
          at = page.at(-1)?.position ?? at;
          // At once: what was just read lies where it was read.
          await store.readLog(at, 1);
          await new Promise(setImmediate);
        }
        await growing;
      });

      it('has nothing after its head', async () => {
        const { position } = await store.append(freshStream(), NO_STREAM, [event()]);
        const head = await store.head();
        expect(head).toBeGreaterThanOrEqual(position);
        expect(await store.readLog(head)).toEqual([]);
      });
    });

    describe('pages of large events', () => {
      const stream = freshStream();
      const large = PAGE_CHARS / 4;
      let before: number;
      let end: number;
      beforeAll(async () => {
        before = await store.head();
        for (let expected = NO_STREAM; expected < 19; expected += 4)
          await store.append(
            stream,
            expected,
            Array.from({ length: 4 }, () => eventOf(large)),
          );
        end = await store.head();
      });
      /** Every page but the last is full, and none holds more than the event that filled it. */
      const areBounded = (pages: readonly (readonly Recorded[])[], limit: number): void => {
        for (const page of pages) {
          const chars = page.map(charsOf);
          expect(chars.slice(0, -1).reduce((sum, each) => sum + each, 0)).toBeLessThan(PAGE_CHARS);
        }
        expect(pages.slice(0, -1).filter((page) => isLastPage(page, limit))).toEqual([]);
        expect(pages.flat().filter((each) => each.stream === stream)).toHaveLength(20);
      };

      it('end by their size, in the log, in a stream and backwards, and say whether more follows', async () => {
        const log: (readonly Recorded[])[] = [];
        for (let at = before; at < end; at = log.at(-1)!.at(-1)!.position) log.push(await store.readLog(at, 1000));
        areBounded(log, 1000);
        const forwards = [await store.readStream(stream)];
        while (!isLastPage(forwards.at(-1)!, 1000))
          forwards.push(await store.readStream(stream, { from: forwards.at(-1)!.at(-1)!.revision + 1 }));
        areBounded(forwards, 1000);
        const backwards = [await store.readStream(stream, { backwards: true })];
        for (let last = backwards[0]!.at(-1)!; last.revision > 0; last = backwards.at(-1)!.at(-1)!)
          backwards.push(await store.readStream(stream, { backwards: true, from: last.revision - 1 }));
        areBounded(backwards, 1000);
        expect(backwards.flat()).toEqual(forwards.flat().toReversed());
      });

      it('come to followers no larger', async () => {
        const over = new AbortController();
        const batches: (readonly Recorded[])[] = [];
        for await (const batch of store.follow(before, over.signal)) {
          batches.push(batch);
          if (batch.at(-1)!.position >= end) over.abort();
        }
        areBounded(batches, 1);
      });

      it('hold one event at least', async () => {
        const huge = freshStream();
        await store.append(huge, NO_STREAM, [eventOf(APPEND_LIMITS.bytes)]);
        await store.append(huge, 0, [eventOf(APPEND_LIMITS.bytes)]);
        expect(await store.readStream(huge)).toHaveLength(1);
        expect(await store.readStream(huge, { from: 1 })).toHaveLength(1);
      });
    });

    describe('following the log', () => {
      it('gives what is recorded, then what comes, each event once and in order, to every follower', async () => {
        const before = await store.head();
        const streams = Array.from({ length: 6 }, freshStream);
        await Promise.all(streams.slice(0, 3).map((stream) => appendEach(store, stream, eventsOf(10))));
        const middle = await store.head();

        const over = new AbortController();
        const early = collect(store.follow(before, over.signal), over.signal);
        const late = collect(store.follow(middle, over.signal), over.signal);
        // Two writers for each stream, so that some appends conflict while the followers catch up.
        const writing = [...streams, ...streams].map((stream) => appendEach(store, stream, eventsOf(15)));
        const { position: joined } = await store.append(freshStream(), NO_STREAM, [event()]);
        const joining = collect(store.follow(joined, over.signal), over.signal);
        await Promise.all(writing);
        const { position: end } = await store.append(freshStream(), NO_STREAM, [event()]);

        const all = await logAfter(store, before, end);
        expect(of(streams, all)).toHaveLength(3 * 10 + 12 * 15);
        expect(isRising(all)).toBe(true);
        const after = (position: number) => all.filter((recorded) => recorded.position > position);
        for (const [follower, start] of [
          [early, before],
          [late, middle],
          [joining, joined],
        ] as const) {
          await follower.reached(end);
          expect(follower.seen.filter(({ position }) => position <= end)).toEqual(after(start));
        }
        over.abort();
        await Promise.all([early.ended, late.ended, joining.ended]);
      });

      it('gives at its head only what comes', async () => {
        const stream = freshStream();
        await store.append(stream, NO_STREAM, eventsOf(3));
        const over = new AbortController();
        const follower = collect(store.follow(await store.head(), over.signal), over.signal);
        const { position } = await store.append(stream, 2, [event()]);
        await follower.reached(position);
        expect(of([stream], follower.seen).map(({ revision }) => revision)).toEqual([3]);
        over.abort();
        await follower.ended;
      });

      it('gives a reader that takes its time everything all the same', async () => {
        const stream = freshStream();
        const before = await store.head();
        const over = new AbortController();
        const iterator = store.follow(before, over.signal)[Symbol.asyncIterator]();
        for (let i = 0; i < 5; i++) await store.append(stream, i * 250 - 1, eventsOf(250));
        const seen: Recorded[] = [];
        while (of([stream], seen).length < 1250) {
          const { value } = await iterator.next();
          expect(value.length).toBeGreaterThan(0);
          expect(value.length).toBeLessThanOrEqual(1000);
          seen.push(...value);
        }
        expect(of([stream], seen).map(({ revision }) => revision)).toEqual(Array.from({ length: 1250 }, (_, i) => i));
        over.abort();
        expect((await iterator.next()).done).toBe(true);
      });

      it('ends when it is told to, waiting or not, and at once if told before', async () => {
        const over = new AbortController();
        const waiting = collect(store.follow(await store.head(), over.signal), over.signal);
        const busy = collect(store.follow(0, over.signal), over.signal);
        over.abort();
        await Promise.all([waiting.ended, busy.ended]);
        for await (const batch of store.follow(0, over.signal)) expect(batch).toBe('nothing, for it is over');
      });
    });

    it('answers the position of the last event answered as its head', async () => {
      const before = await store.head();
      const { position } = await store.append(freshStream(), NO_STREAM, eventsOf(3));
      const head = await store.head();
      expect(head).toBeGreaterThanOrEqual(position);
      expect((await logAfter(store, before, head)).at(-1)?.position).toBe(head);
    });
  });
}

/** A stream no other case, run or process has used. */
export function freshStream(): string {
  return `conversation-${randomUUID()}`;
}

export function event(text = 'hello'): NewEvent {
  const data = JSON.stringify({ text });
  return { id: randomUUID(), type: 'MessageSent', data, meta: JSON.stringify({ actorId: randomUUID() }) };
}

export function eventsOf(count: number): NewEvent[] {
  return Array.from({ length: count }, (_, i) => event(`message ${i}`));
}

/** One event of just so many bytes. */
function eventOf(bytes: number): NewEvent {
  const meta = '{}';
  const frame = JSON.stringify({ text: '' }).length + meta.length;
  return { ...event('x'.repeat(bytes - frame)), meta };
}

/** Appends the events one by one, again on fresh knowledge after each conflict. */
async function appendEach(store: EventStore, stream: string, events: readonly NewEvent[]): Promise<void> {
  for (const each of events) await appendAnyhow(store, stream, each);
}

async function appendAnyhow(store: EventStore, stream: string, each: NewEvent): Promise<Appended> {
  for (;;) {
    const [last] = await store.readStream(stream, { backwards: true, limit: 1 });
    try {
      return await store.append(stream, last?.revision ?? NO_STREAM, [each]);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

async function readAll(store: EventStore, stream: string): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (;;) {
    const page = await store.readStream(stream, { from: all.length, limit: 300 });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** The log after `position` up to `end`. */
async function logAfter(store: EventStore, position: number, end: number): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (let at = position; at < end; at = all.at(-1)!.position) {
    const page = await store.readLog(at, 100);
    expect(page.length, `events between ${at} and ${end}`).toBeGreaterThan(0);
    all.push(...page);
  }
  return all.filter((recorded) => recorded.position <= end);
}

interface Follower {
  readonly seen: Recorded[];
  reached(position: number): Promise<void>;
  readonly ended: Promise<void>;
}

function collect(batches: AsyncIterable<readonly Recorded[]>, signal: AbortSignal): Follower {
  const seen: Recorded[] = [];
  let onSeen = () => {};
  const run = async () => {
    for await (const batch of batches) {
      seen.push(...batch);
      onSeen();
    }
    expect(signal.aborted).toBe(true);
  };
  const ended = run();
  const isAt = (position: number) => (seen.at(-1)?.position ?? 0) >= position;
  const reached = (position: number) =>
    new Promise<void>((resolve, reject) => {
      onSeen = () => isAt(position) && resolve();
      onSeen();
      ended.catch(reject);
    });
  return { seen, reached, ended };
}

function of(streams: readonly string[], events: readonly Recorded[]): Recorded[] {
  const own = new Set(streams);
  return events.filter(({ stream }) => own.has(stream));
}

function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

function isRising(events: readonly Recorded[]): boolean {
  return events.every(({ position }, i) => i === 0 || position > events[i - 1]!.position);
}

/** Stores may keep JSON in another spelling, but not another value. */
function parsed<E extends NewEvent>(given: E) {
  return { ...given, data: JSON.parse(given.data), meta: JSON.parse(given.meta) };
}
