// The reading side of the event log file, on a connection of its own: for the server beside its writing thread, and for
// other processes while the server runs. Everything here blocks, for a page at most.

import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { Recorded, StreamRange } from '../ports.ts';
import { checkLimit, takePage, wholePage } from '../shared/page.ts';
import { checkVersion, rowsIn, rowsOf } from './eventLogSchema.ts';

const NAMES_KNOWN = 50_000;
const BUSY_MS = 1000;

type Row = [position: number, stream: number, revision: number, id: string, type: string, data: string, meta: string];

export type EventLogReader = ReturnType<typeof openEventLogReader>;

/**
 * Opens the log in `file` for reading; the server may be running on it or not.
 * @throws Error there is none, or it is of another version.
 */
export const openEventLogReader = (file: string) => {
  if (!existsSync(file)) throw new Error(`there is no event log at ${file}`);
  const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  try {
    checkVersion(db);
    return readerOn(db);
  } catch (error) {
    db.close();
    throw error;
  }
};

const readerOn = (db: DatabaseSync) => {
  const event = 'SELECT position, stream, revision, id, type, data, meta FROM events';
  const ofStream = `${event} WHERE stream = (SELECT id FROM streams WHERE name = ?)`;
  const forwards = rowsIn(db, `${ofStream} AND revision >= ? ORDER BY revision LIMIT ?`);
  const backwards = rowsIn(db, `${ofStream} AND revision <= ? ORDER BY revision DESC LIMIT ?`);
  const log = rowsIn(db, `${event} WHERE position > ? ORDER BY position LIMIT ?`);
  const last = rowsOf(db, 'SELECT max(revision) FROM events WHERE stream = (SELECT id FROM streams WHERE name = ?)');
  const lastPosition = rowsOf(db, 'SELECT coalesce(max(position), 0) FROM events');
  const streamName = rowsOf(db, 'SELECT name FROM streams WHERE id = ?');
  // Names are found here and not by a join: twice as fast, and all events of a stream share one string.
  const names = new LRUCache<number, string>({
    // With `max` the cache would allocate its full size at once.
    maxSize: NAMES_KNOWN,
    sizeCalculation: () => 1,
    memoMethod: (stream) => streamName(stream)[0]![0] as string,
  });
  const close = (): void => db.close();

  return {
    /** As `readStream` of the port. @throws Hidden; RangeError the limit is out of range. */
    readStream(name: string, range: StreamRange = {}): readonly Recorded[] {
      const most = checkLimit(range.limit);
      const rows = range.backwards
        ? backwards(name, range.from ?? Number.MAX_SAFE_INTEGER, most)
        : forwards(name, range.from ?? 0, most);
      const page = takePage(
        recorded(rows, () => name),
        most,
      );
      return wholePage(name, page, range, most);
    },
    /** As `readLog` of the port. @throws RangeError the limit is out of range. */
    readLog(position: number, limit?: number): readonly Recorded[] {
      const most = checkLimit(limit);
      return takePage(
        recorded(log(position, most), (stream) => names.memo(stream)),
        most,
      );
    },
    /** Last revision of a stream, -1 when it is missing. */
    lastRevision: (name: string): number => (last(name)[0]![0] as number | null) ?? -1,
    /** Position of the last event, 0 when there is none. */
    head: (): number => lastPosition()[0]![0] as number,
    close,
    [Symbol.dispose]: close,
  };
};

/** `nameOf`: the name of a stream by its number. */
function* recorded(rows: Iterable<unknown>, nameOf: (stream: number) => string): Generator<Recorded, void> {
  for (const row of rows) {
    const [position, stream, revision, id, type, data, meta] = row as Row;
    yield { position, stream: nameOf(stream), revision, id, type, data, meta };
  }
}
