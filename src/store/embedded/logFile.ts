// Writes the events of another store into a file of an embedded log, each at the position that it has there.

import { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { Recorded } from '../ports.ts';
import { createPrivately, insertsOf, prepareToWrite, rowsOf } from './eventLogSchema.ts';

type Stream = { readonly id: number; last: number };

const STREAMS_KNOWN = 50_000;

/** Fills a new log. Everything is in `file` itself after `close`, and not synced yet. */
export const createLogFile = (file: string) => {
  createPrivately(file);
  const db = new DatabaseSync(file);
  prepareToWrite(db);
  const known = rowsOf(
    db,
    'SELECT streams.id, coalesce(max(revision), -1) FROM streams LEFT JOIN events ON stream = streams.id WHERE name = ? GROUP BY streams.id',
  );
  const { insertStream, insertEvent } = insertsOf(db);
  const streams = new LRUCache<string, Stream>({
    // With `max` the cache would allocate its full size at once.
    maxSize: STREAMS_KNOWN,
    sizeCalculation: () => 1,
    memoMethod: (name) => {
      const [id, last] = known(name)[0] ?? [Number(insertStream.run(name).lastInsertRowid), -1];
      return { id: Number(id), last: Number(last) };
    },
  });

  return {
    /** In the order of the log. @throws Error a stream lacks events: what is written would be no whole log */
    write(page: readonly Recorded[]): void {
      db.exec('BEGIN');
      for (const { position, stream, revision, id, type, data, meta } of page) {
        const to = streams.memo(stream);
        if (revision !== to.last + 1)
          throw new Error(`the stream ${stream} lacks its events ${to.last + 1} to ${revision - 1}`);
        to.last = revision;
        insertEvent.run(position, to.id, revision, id, type, data, meta);
      }
      db.exec('COMMIT');
    },
    close: (): void => {
      // In write-ahead mode every reader would make files beside it, and could not read it on a disk that nobody writes to.
      db.exec('PRAGMA journal_mode = DELETE');
      db.close();
    },
  };
};
