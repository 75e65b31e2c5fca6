// The event store on one SQLite file: written by a thread of its own, read here, followed from memory where possible.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type EventStore, isLastPage, PositionUnknown, type Recorded, Unavailable } from '../ports.ts';
import { followLog } from '../shared/followLog.ts';
import { checkLimit } from '../shared/page.ts';
import { RecentEvents } from '../shared/recentEvents.ts';
import { type EventLogReader, openEventLogReader } from './eventLogReader.ts';
import type { LogFile } from './eventLogWorker.ts';
import { openEventLogWriter } from './eventLogWriter.ts';

const STREAMS_KNOWN = 50_000;
/** Whoever asks for so many events reads page after page: between them others have their turns. */
const LONG = 500;
const NOTHING: Promise<readonly Recorded[]> = Promise.resolve([]);

/**
 * Opens the event store in a file, which no other process may write to: see `openDataDir`.
 * @throws Error it cannot be opened, or is of a later version.
 */
export const openEmbeddedEventStore = async (options: LogFile): Promise<EventStore> => {
  const recent = new RecentEvents();
  /** Last revisions of streams, -1 of a missing one. Exact, since no other process writes to the file. */
  const lastRevisions = new LRUCache<string, number>({
    // With `max` the cache would allocate its full size at once.
    maxSize: STREAMS_KNOWN,
    sizeCalculation: () => 1,
    memoMethod: (stream) => reader.lastRevision(stream),
  });
  /** What is known of the file may be wrong, and the file could not be read yet. */
  let isInDoubt = false;
  let reader: EventLogReader;

  const lookAgain = (): void => {
    if (!isInDoubt) return;
    recent.start(reader.head());
    lastRevisions.clear();
    isInDoubt = false;
    recent.wake();
  };

  const inTurns = (page: readonly Recorded[], most: number): readonly Recorded[] | Promise<readonly Recorded[]> =>
    most < LONG || isLastPage(page, most) ? page : nextTurn(page);

  const reading = <T>(read: () => T | Promise<T>): Promise<T> => {
    try {
      lookAgain();
      const result = read();
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      const answers = [RangeError, PositionUnknown, Unavailable];
      return Promise.reject(answers.some((kind) => error instanceof kind) ? error : new Unavailable('events', error));
    }
  };

  const readLog: EventStore['readLog'] = (position, limit) =>
    reading(() => {
      // The file has events before the writing thread has said so.
      if (position > recent.head && position > reader.head()) throw new PositionUnknown(position);
      const most = checkLimit(limit);
      return inTurns((position <= recent.head && recent.after(position, most)) || reader.readLog(position, most), most);
    });
  const head = (): Promise<number> => reading(() => recent.head);

  const onWritten = (events: readonly Recorded[]): void => {
    if (events.length === 0) return;
    // Appends between them failed as far as this process knows, and were written.
    if (events[0]!.position !== recent.head + 1) recent.start(events[0]!.position - 1);
    for (const event of events) {
      lastRevisions.set(event.stream, event.revision);
      recent.push(event);
    }
    recent.wake();
  };

  const onFailure = (): void => {
    isInDoubt = true;
    // If the disk is away for readers too, every read tries again.
    void head().catch(() => undefined);
  };

  const writer = await openEventLogWriter({ ...options, onWritten, onFailure });
  try {
    reader = openEventLogReader(options.file);
    recent.start(reader.head());
  } catch (error) {
    await writer.close();
    throw error;
  }

  return {
    append: writer.append,
    // Not async: called several times a request, mostly for what comes after the last event, which is nothing.
    readStream: (stream, range = {}) =>
      reading(() => {
        const most = checkLimit(range.limit);
        const recorded = recent.one(stream, range);
        if (recorded) return recorded;
        const last = lastRevisions.memo(stream);
        if (last < 0 || (!range.backwards && (range.from ?? 0) > last)) return NOTHING;
        return inTurns(reader.readStream(stream, range), most);
      }),
    readLog,
    follow: (position, signal) => followLog(recent, readLog, position, signal),
    head,
    async probe() {
      await writer.probe();
      await head();
    },
    async close() {
      await writer.stop();
      recent.end();
      // Before the writer, which can then put the file in order as its last user.
      reader.close();
      await writer.close();
    },
  };
};
