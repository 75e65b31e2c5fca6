// What an EventStoreDB node keeps, on top of the embedded event store: expectations that name no revision, stream
// metadata, deleted and tombstoned streams, binary data. System events are ordinary events of streams named `$…`.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, type EventStore, NO_STREAM, type Recorded } from '../../../src/store/ports.ts';
import { decode, encode, type NodeEvent, type Proposed, type StreamEvent } from './nodeEvent.ts';
import { type Expected, Refusal } from './refusal.ts';

export const MAX_APPEND_BYTES = 1_048_576;
/** The stand-in's own list of tombstoned streams. */
const TOMBSTONES = '$tombstones';
/** Type of the event that ends a stream for good. */
export const STREAM_DELETED = '$streamDeleted';
/** Truncate-before of a deleted stream: above every revision a stream can reach. */
const DELETED = Number.MAX_SAFE_INTEGER;
const REMEMBERED_WRITES = 10_000;
const PAGE = 1000;

export interface NodeRange {
  readonly from: number | 'start' | 'end';
  readonly backwards: boolean;
  readonly limit: number;
}

export interface NodeLog {
  /** @throws Refusal */
  append(stream: string, expected: Expected, events: readonly Proposed[]): Promise<StreamEvent>;
  /** `undefined`: there is no such stream. @throws Refusal of a tombstoned stream */
  readStream(stream: string, range: NodeRange): Promise<readonly NodeEvent[] | undefined>;
  /** Events after `position`, in order. */
  readForwards(position: number, limit: number): Promise<readonly NodeEvent[]>;
  /** Events at and before `position`, last first. */
  readBackwards(position: number, limit: number): Promise<readonly NodeEvent[]>;
  follow(position: number, signal: AbortSignal): AsyncIterable<readonly NodeEvent[]>;
  head(): Promise<number>;
  /** Hides what the stream holds; it can begin again. @throws Refusal */
  delete(stream: string, expected: Expected): Promise<number>;
  /** Ends the stream for good. @throws Refusal */
  tombstone(stream: string, expected: Expected): Promise<number>;
}

interface StreamSettings {
  readonly truncateBefore: number;
  readonly maxCount: number;
  readonly maxAge: number;
}

/** What may be set while the node runs. */
export interface Habits {
  /** The node's clock: milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds after which an append times out whose double is under way: 2000 to 3000 on a node. */
  readonly doubleTimeout: () => number;
}

const NO_SETTINGS: StreamSettings = { truncateBefore: 0, maxCount: Infinity, maxAge: Infinity };

export const openNodeLog = async (store: EventStore, { now, doubleTimeout }: Habits): Promise<NodeLog> => {
  const tombstoned = new Set<string>();
  for await (const event of eventsOf(store, TOMBSTONES)) tombstoned.add(JSON.parse(event.data) as string);
  const settings = new Map<string, StreamSettings>();
  const written = new Map<string, StreamEvent>();
  /** The last event of the log, which every look at its end asks for. */
  let latest: NodeEvent | undefined;
  /** The appends that are being written, by stream and first id. */
  const underWay = new Map<string, Promise<StreamEvent>>();

  const lastRevision = async (stream: string): Promise<number> =>
    (await store.readStream(stream, { backwards: true, limit: 1 }))[0]?.revision ?? NO_STREAM;

  const settingsOf = async (stream: string): Promise<StreamSettings> => {
    const known = settings.get(stream);
    if (known) return known;
    const [last] = await store.readStream(`$$${stream}`, { backwards: true, limit: 1 });
    const found = last ? parseSettings(last.data) : NO_SETTINGS;
    settings.set(stream, found);
    return found;
  };

  const refuseTombstoned = (stream: string): void => {
    if (tombstoned.has(stream)) throw new Refusal('stream-deleted');
  };

  const isDeleted = async (stream: string): Promise<boolean> => (await settingsOf(stream)).truncateBefore === DELETED;

  /** The revision to append after. `retried`: the stream was not where the expectation says. */
  const resolve = async (stream: string, expected: Expected, retried: boolean): Promise<number> => {
    if (typeof expected === 'number') return expected;
    if (expected === 'no_stream' && !retried) return NO_STREAM;
    const last = await lastRevision(stream);
    const gone = last < 0 || (await isDeleted(stream));
    if (expected === 'any' || (expected === 'no_stream' ? gone : !gone)) return last;
    throw new Refusal('wrong-expected-version', expected, last);
  };

  const writeSettings = async (stream: string, truncateBefore: number): Promise<number> => {
    const kept = await settingsOf(stream);
    const data = Buffer.from(
      JSON.stringify({ $tb: truncateBefore, ...(kept.maxCount < Infinity && { $maxCount: kept.maxCount }) }),
    );
    const id = randomUUID();
    const event = { id, type: '$metadata', isJson: true, data, metadata: new Uint8Array() };
    return (await append(`$$${stream}`, 'any', [event])).position;
  };

  const append: NodeLog['append'] = async (stream, expected, events) => {
    refuseTombstoned(stream);
    if (sizeOf(events) > MAX_APPEND_BYTES) throw new Refusal('maximum-append-size-exceeded');
    const first = `${stream} ${events[0]?.id}`;
    const before = written.get(first);
    if (before && (expected === 'any' || expected === 'stream_exists')) return before;
    const double = underWay.get(first);
    if (double !== undefined) {
      // The time of a node is longer than any append takes, so the double is written by then.
      await Promise.allSettled([double, delay(doubleTimeout(), undefined, { ref: false })]);
      throw new Refusal('timeout');
    }
    const writing = write(stream, expected, events);
    // One that is written already is answered at once, however often it comes.
    if (!before) underWay.set(first, writing);
    try {
      return remember(written, first, await writing);
    } finally {
      underWay.delete(first);
    }
  };

  const write: NodeLog['append'] = async (stream, expected, events) => {
    for (let retried = false; ; retried = true) {
      const after = await resolve(stream, expected, retried);
      try {
        const encoded = events.map((event) => encode(event, now()));
        const appended = await store.append(stream, after, encoded);
        const last = encoded.at(-1);
        if (last && appended.position > (latest?.position ?? 0)) latest = decode({ ...last, stream, ...appended });
        if (stream.startsWith('$$')) settings.delete(stream.slice(2));
        else if (after >= 0 && (await isDeleted(stream))) await writeSettings(stream, after + 1);
        return appended;
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        if (typeof expected === 'number')
          throw new Refusal('wrong-expected-version', expected, await lastRevision(stream));
      }
    }
  };

  const checked = async (stream: string, expected: Expected): Promise<number> => {
    refuseTombstoned(stream);
    const last = await lastRevision(stream);
    if (expected !== 'any' && (await resolve(stream, expected, true)) !== last)
      throw new Refusal('wrong-expected-version', expected, last);
    return last;
  };

  const readForwards: NodeLog['readForwards'] = async (position, limit) =>
    (await store.readLog(position, limit)).map(decode);

  /** What lies after `position`, up to and with `end`. */
  const readUpTo = async (position: number, end: number): Promise<NodeEvent[]> => {
    const found: NodeEvent[] = [];
    for (let at = position; at < end; at = found.at(-1)!.position) {
      const page = (await readForwards(at, Math.min(end - at, PAGE))).filter((event) => event.position <= end);
      if (page.length === 0) break;
      found.push(...page);
    }
    return found;
  };

  return {
    append,
    readForwards,
    head: () => store.head(),
    async readStream(stream, range) {
      refuseTombstoned(stream);
      const last = await lastRevision(stream);
      const { truncateBefore, maxCount, maxAge } = await settingsOf(stream);
      const start = Math.max(truncateBefore, last - maxCount + 1, 0);
      if (last < 0 || truncateBefore === DELETED) return undefined;
      const from =
        range.from === 'start'
          ? start
          : range.from === 'end'
            ? last
            : Math.max(range.from, range.backwards ? 0 : start);
      if (range.backwards ? from < start : from > last) return [];
      const limit = range.backwards ? Math.min(range.limit, Math.min(from, last) - start + 1) : range.limit;
      const read = await store.readStream(stream, { from: Math.min(from, last), backwards: range.backwards, limit });
      const oldest = now() - maxAge * 1000;
      return read.map(decode).filter((event) => event.created >= oldest);
    },
    async readBackwards(position, limit) {
      if (limit === 1 && latest?.position === position) return [latest];
      for (let window = limit; ; window *= 2) {
        const upTo = await readUpTo(Math.max(position - window, 0), position);
        if (upTo.length >= limit || window >= position) return upTo.reverse().slice(0, limit);
      }
    },
    async *follow(position, signal) {
      for await (const batch of store.follow(position, signal)) yield batch.map(decode);
    },
    async delete(stream, expected) {
      await checked(stream, expected);
      return writeSettings(stream, DELETED);
    },
    async tombstone(stream, expected) {
      await checked(stream, expected);
      const none = new Uint8Array();
      const note = { id: randomUUID(), type: '$tombstone', isJson: true, data: Buffer.from(JSON.stringify(stream)) };
      await append(TOMBSTONES, 'any', [{ ...note, metadata: none }]);
      const end = { id: randomUUID(), type: STREAM_DELETED, isJson: false, data: none, metadata: none };
      const { position } = await append(stream, 'any', [end]);
      tombstoned.add(stream);
      return position;
    },
  };
};

async function* eventsOf(store: EventStore, stream: string): AsyncGenerator<Recorded> {
  for (let from = 0; ; ) {
    const page = await store.readStream(stream, { from });
    if (page.length === 0) return;
    yield* page;
    from += page.length;
  }
}

const parseSettings = (data: string): StreamSettings => {
  const given = JSON.parse(data) as { $tb?: number; $maxCount?: number; $maxAge?: number };
  const { $tb = 0, $maxCount = Infinity, $maxAge = Infinity } = given;
  return { truncateBefore: Math.min($tb, DELETED), maxCount: $maxCount, maxAge: $maxAge };
};

const remember = (written: Map<string, StreamEvent>, key: string, place: StreamEvent): StreamEvent => {
  written.set(key, place);
  if (written.size > REMEMBERED_WRITES) written.delete(written.keys().next().value ?? key);
  return place;
};

const sizeOf = (events: readonly Proposed[]): number =>
  events.reduce((size, event) => size + event.data.length + event.metadata.length, 0);
