// The event store on one SQLite file: written by a thread of its own, read here, followed from memory where possible.

import { LRUCache } from 'lru-cache';
import { checkAppend } from '../checkAppend.ts';
import { checkLimit } from '../checkLimit.ts';
import { type EventStore, type Recorded, Unavailable } from '../ports.ts';
import { type EventLogReader, openEventLogReader } from './eventLogReader.ts';
import { type EventLogWriter, openEventLogWriter } from './eventLogWriter.ts';
import { LogFollowing } from './logFollowing.ts';

export interface EmbeddedEventStoreOptions {
  /** Path of the SQLite file, made if missing. No other process may write to it: see `openDataDir`. */
  readonly file: string;
  /** Shared; its first element is read whenever the file is opened: pages (of 4096 bytes) it may have at most. */
  readonly pageLimit?: Int32Array;
}

const STREAMS_KNOWN = 50_000;

/** Opens the event store in a file. @throws Error it cannot be opened, or is of a later version. */
export async function openEmbeddedEventStore({ file, pageLimit }: EmbeddedEventStoreOptions): Promise<EventStore> {
  let store: EmbeddedEventStore | undefined;
  const writer = await openEventLogWriter({
    file,
    pageLimit,
    onWritten: (events) => store?.onWritten(events),
    onFailure: () => store?.onFailure(),
  });
  try {
    store = new EmbeddedEventStore(writer, openEventLogReader(file));
    return store;
  } catch (error) {
    await writer.close();
    throw error;
  }
}

class EmbeddedEventStore implements EventStore {
  readonly #writer: EventLogWriter;
  readonly #reader: EventLogReader;
  readonly #following: LogFollowing;
  /** Last revisions of streams, -1 of a missing one. Exact, since nobody else writes to the file. */
  // With `max` the cache would allocate its full size at once.
  readonly #last = new LRUCache<string, number>({ maxSize: STREAMS_KNOWN, sizeCalculation: () => 1 });
  /** What is known of the file may be wrong, and it could not be asked yet. */
  #isInDoubt: boolean = false;
  readonly #nothing: Promise<readonly Recorded[]> = Promise.resolve([]);

  constructor(writer: EventLogWriter, reader: EventLogReader) {
    this.#writer = writer;
    this.#reader = reader;
    this.#following = new LogFollowing(reader.head(), (position, limit) => this.readLog(position, limit));
  }

  onWritten(events: readonly Recorded[]): void {
    for (const { stream, revision } of events) this.#last.set(stream, revision);
    this.#following.push(events);
  }

  /** Appends failed that may have been written all the same: from here on the file tells. */
  onFailure(): void {
    this.#isInDoubt = true;
    try {
      this.#lookAgain();
    } catch {
      // The disk is away for readers too: every read tries again.
    }
  }

  #lookAgain(): void {
    if (!this.#isInDoubt) return;
    const head = this.#reader.head();
    this.#last.clear();
    this.#following.reset(head);
    this.#isInDoubt = false;
  }

  async append(...[stream, expected, events]: Parameters<EventStore['append']>): ReturnType<EventStore['append']> {
    checkAppend(events);
    return this.#writer.append(stream, expected, events);
  }

  // Not async, for it is asked several times a request, mostly for what comes after the last event: nothing.
  readStream(...[stream, range = {}]: Parameters<EventStore['readStream']>): Promise<readonly Recorded[]> {
    return reading(() => {
      checkLimit(range.limit);
      this.#lookAgain();
      const last = this.#lastOf(stream);
      if (last < 0 || (!range.backwards && (range.from ?? 0) > last)) return this.#nothing;
      return this.#reader.readStream(stream, range);
    });
  }

  readLog(position: number, limit?: number): Promise<readonly Recorded[]> {
    return reading(() => {
      this.#lookAgain();
      return this.#reader.readLog(position, checkLimit(limit));
    });
  }

  follow(position: number, signal: AbortSignal): AsyncIterable<readonly Recorded[]> {
    return this.#following.from(position, signal);
  }

  head(): Promise<number> {
    return reading(() => {
      this.#lookAgain();
      return this.#following.head;
    });
  }

  async probe(): Promise<void> {
    await this.#writer.probe();
    await this.head();
  }

  async close(): Promise<void> {
    await this.#writer.stop();
    this.#following.end();
    // Before the writer, which can then put the file in order as its last user.
    this.#reader.close();
    await this.#writer.close();
  }

  #lastOf(stream: string): number {
    const known = this.#last.get(stream);
    if (known !== undefined) return known;
    const last = this.#reader.lastRevision(stream);
    this.#last.set(stream, last);
    return last;
  }
}

function reading<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    const result = read();
    return result instanceof Promise ? result : Promise.resolve(result);
  } catch (error) {
    return Promise.reject(error instanceof RangeError ? error : new Unavailable('events', error));
  }
}
