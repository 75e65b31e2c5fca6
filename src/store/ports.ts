// The ports between the program and its databases: of the log here, of the rest in the files that this one passes on. Adapters live
// beside this file; nothing outside `store/` knows a database word. Every adapter passes its port's suite in `test/contracts/`.

import { Hidden } from './errors.ts';

export * from './blobStore.ts';
export * from './errors.ts';
export * from './keyStore.ts';
export { fieldAfter } from './shared/fieldAfter.ts';
export * from './viewStore.ts';

/** An event as a store takes it: already encoded by the codec. `data` and `meta` are JSON texts. */
export interface NewEvent {
  /** UUID in lower case: the store knows a replayed append by it. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly meta: string;
}

/** What only holders of its keys may read of an event. */
export interface PrivatePart {
  /** A JSON object: fields of the event's data. */
  readonly text: string;
  /** Whose key it needs: the id of a person, or of the desk of a visitor. Null: nobody's. */
  readonly subject: string | null;
  /** It also needs a key of its own, so that it can be erased alone. */
  readonly alone: boolean;
}

/** An event as the history takes it: `data` lacks the private part. */
export interface Draft extends NewEvent {
  readonly private?: PrivatePart | undefined;
}

/** An event as a store gives it back. */
export interface Recorded extends NewEvent {
  readonly stream: string;
  /** 0-based place in its stream. */
  readonly revision: number;
  /** Place in the log: a safe integer above 0, rising along the log, not necessarily without holes. */
  readonly position: number;
  /**
   * The JSON text of its private part. Null: its keys were destroyed. Empty: it is damaged. Undefined: it has none, or is not
   * opened.
   */
  readonly opened?: string | null;
}

/** Where the last event of an append lies. */
export interface Appended {
  readonly revision: number;
  readonly position: number;
}

export interface StreamRange {
  /** First revision to give: default the first (forwards) or the last (backwards). */
  readonly from?: number;
  readonly backwards?: boolean;
  /** Events at most, 1 to 5000; default 1000. */
  readonly limit?: number;
  /** The answer may lack what was appended after this moment of `performance.now()`. Default: the call. */
  readonly asOf?: number;
}

/** `expected` of a stream that must not exist yet. */
export const NO_STREAM = -1;

/** Events of one append at most, and the bytes of all their `data` and `meta` together at most. */
export const APPEND_LIMITS = { events: 500, bytes: 900_000 } as const;

/**
 * Characters of `data` and `meta` that end a page of events, so that reading, decoding or passing on a page is no
 * noticeable pause. The event that reaches them is the last of its page.
 */
export const PAGE_CHARS = 500_000;

export const charsOf = ({ data, meta }: Pick<NewEvent, 'data' | 'meta'>): number => data.length + meta.length;

/** Whether this page was the last when it was read: only a full page ends before its limit. */
export const isLastPage = (page: readonly Recorded[], limit: number): boolean =>
  page.length < limit && page.reduce((sum, event) => sum + charsOf(event), 0) < PAGE_CHARS;

/** The reading half of an event store. */
export type EventReader = Pick<EventStore, 'readStream' | 'readLog' | 'head' | 'close'>;

/** Whether somebody hides an event from its stream, which had it once: the log may still have it. @throws Unavailable */
export const hides = async (
  events: Pick<EventReader, 'readStream'>,
  { stream, revision }: Pick<Recorded, 'stream' | 'revision'>,
): Promise<boolean> => {
  try {
    const [found] = await events.readStream(stream, { from: revision, limit: 1 });
    // Behind its end a stream is empty, and so it is where all of it is hidden.
    if (!found) await events.readStream(stream, { backwards: true, limit: 1 });
    return false;
  } catch (error) {
    if (error instanceof Hidden) return true;
    throw error;
  }
};

export interface EventStore {
  /**
   * Appends to `stream` if its last revision is `expected` (NO_STREAM: it has no event). All events or none.
   * Resolves once they are on disk. Replayed (the same ids from `expected + 1` on) it answers as the first time.
   * @throws Conflict the last revision is another one; nothing was written.
   * @throws Unavailable the store is away, or full; whether the events were written is unknown, so replay.
   */
  append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended>;
  /**
   * Events of one stream, in the order asked for, a page of `limit` events and PAGE_CHARS at most: see `isLastPage`. A
   * missing stream is empty. Sees every append answered before the call, or before `asOf`.
   * @throws Hidden an event is missing, among these or before the first of the stream
   */
  readStream(stream: string, range?: StreamRange): Promise<readonly Recorded[]>;
  /**
   * Events after `position` (0: from the first), in log order, a page of `limit` events (default 1000) and PAGE_CHARS at
   * most: see `isLastPage`. @throws PositionUnknown no event lies there: a number between two positions names nothing.
   */
  readLog(position: number, limit?: number): Promise<readonly Recorded[]>;
  /**
   * Every event after `position`, in order, in batches of PAGE_CHARS at most, first those recorded, then each as it
   * comes; without gap or double. Ends when `signal` aborts. Comes back by itself after an outage; a slow reader costs no memory.
   * @throws PositionUnknown the store must read there, and no event lies there.
   */
  follow(position: number, signal: AbortSignal): AsyncIterable<readonly Recorded[]>;
  /** Position of the last event answered before the call, 0 when there is none. */
  head(): Promise<number>;
  /** Finds out whether the store takes appends again after one failed, without appending. @throws Unavailable */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** A log whose private parts are open to the reader. */
export interface OpenReader extends EventReader {
  /** Recorded events with their private parts open. @throws Unavailable */
  openAll(events: readonly Recorded[]): Promise<readonly Recorded[]>;
  /** The log as it lies. */
  readonly recorded: EventReader;
}

/** A log, and what the words of its texts are known by. */
export interface MarkedReader extends EventReader {
  /** @throws Unavailable */
  marks(): Promise<Marks>;
}

/** Marks that stand for words in an index: keyed hashes. Several words may have the same. */
export interface Marks {
  /** So many letters and digits, all small. */
  readonly hash: (text: string, length: number) => string;
  /** What `make` makes of a word, from memory if it was made before. */
  readonly kept: (word: string, make: (word: string) => string) => string;
}

/** The log as the program uses it: private parts are encrypted in the store, and open here. */
export interface History extends Omit<EventStore, 'append'>, OpenReader, MarkedReader {
  /**
   * As `append` of the store. Adds the hash that chains each event to the one before it in its stream.
   * @throws KeyDestroyed a private part needs the key of somebody who was erased
   */
  append(stream: string, expected: number, events: readonly Draft[]): Promise<Appended>;
  /** The private parts that events have as `secret`, as `opened` of an event has them. @throws Unavailable */
  open(secrets: readonly Secret[]): Promise<readonly (string | null)[]>;
  /** Destroys keys for ever, by their names, and forgets what they opened. @throws Unavailable; Error a key is still there */
  destroy(keyNames: readonly string[]): Promise<void>;
  /** Destroys those of the keys that are there again, as `destroy` does. @throws as `destroy` */
  destroyAgain(keyNames: readonly string[]): Promise<void>;
  /** Takes keys for destroyed that another process destroys, and forgets what they opened. */
  forget(keyNames: readonly string[]): void;
  /** Calls `listener` whenever keys are forgotten, before anything that they opened is read again. */
  onForget(listener: (keyNames: readonly string[]) => void): void;
  /** How often keys were forgotten: what was opened before the last time may be erased since. */
  forgotten(): number;
  /** Runs a read that had to begin again: `quiet` waits for its end. */
  undisturbed<T>(read: () => Promise<T>): Promise<T>;
  /** Before something is erased: resolves when all such reads have ended, or after a few seconds. */
  quiet(): Promise<void>;
  /** The log as it lies: whoever has no keys sees just this. */
  readonly recorded: EventStore;
}

/** A private part as it lies in the log, and the id of its event. */
export interface Secret {
  readonly id: string;
  readonly secret: string;
}

/** The right to project, which one process holds at a time. */
export interface Lease {
  /** Other processes can hold it too. */
  readonly isShared: boolean;
  /**
   * Waits until this process holds the lease, and keeps it. `lost` aborts once another process may hold it. Calls
   * `onElsewhere` whenever it sees that another process holds it. Rejects when `signal` aborts. @throws Unavailable
   */
  held(signal: AbortSignal, onElsewhere?: () => void): Promise<{ readonly lost: AbortSignal }>;
  /** This process holds it now: no other process moves the views. */
  readonly isHeld: boolean;
  /** Gives it up, so that another process can take it at once. */
  release(): Promise<void>;
}

/** What one process tells the others that is worth nothing a moment later, such as who is typing. */
export interface Ephemera {
  /** Tells the other processes: what comes in an outage, or faster than the store takes it, is lost. Never throws. */
  tell(text: string): void;
  /** Calls `listener` with what other processes tell from now on, and `onError` while it cannot tell or hear. */
  listen(listener: (text: string) => void, onError: (error: unknown) => void): void;
}

/** Characters of one text at most. */
export const EPHEMERA_CHARS = 1000;
