// The writing side of the event log file: takes groups of appends, each group in one durable transaction.
// Everything here blocks, so it runs in a thread of its own (`eventLogWorker.ts`).

import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { isFailedSync } from '../cause.ts';
import { type Answers, CONFLICT, type Group, REPLAYED, WRITTEN } from './appendGroup.ts';
import { syncFolderNow } from './durable.ts';
import { createPrivately, insertsOf, markVersion, prepareToWrite, rowsOf } from './eventLogSchema.ts';
import { openLogMark } from './logMark.ts';

type Stream = { readonly id: number; last: number };

const STREAMS_KNOWN = 50_000;
const BUSY_MS = 5000;
/** Milliseconds to wait for readers when the log is emptied. */
const EMPTYING_MS = 500;
/**
 * Pages in the write-ahead log, about, before they are moved into the file. Four times SQLite's own number: the pages
 * that change most, the ends of the table and of the index, are written a quarter as often.
 */
const CHECKPOINT_PAGES = 4000;
const PAGE_BYTES = 4096;
const PAGES_OF_COMMIT = 3;

/**
 * Opens the log in `file`, which is made if missing.
 * @param pageLimit its first element: pages the file may have at most.
 * @throws Error of SQLite, or of a file made by a later version.
 */
export const openEventLog = (file: string, pageLimit?: Int32Array) => {
  createPrivately(file);
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    if (pageLimit) db.exec(`PRAGMA max_page_count = ${Atomics.load(pageLimit, 0)}`);
    prepareToWrite(db);
    // SQLite does so too, once, but says nothing when it fails.
    syncFolderNow(dirname(resolve(file)));
    return eventLogOn(db, file);
  } catch (error) {
    db.close();
    throw error;
  }
};

const eventLogOn = (db: DatabaseSync, file: string) => {
  const streamNamed = rowsOf(db, 'SELECT id FROM streams WHERE name = ?');
  const lastOf = rowsOf(db, 'SELECT coalesce(max(revision), -1) FROM events WHERE stream = ?');
  const idsAfter = rowsOf(
    db,
    'SELECT id, position FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?',
  );
  const { insertStream, insertEvent } = insertsOf(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const mark = openLogMark(file);
  // With `max` the cache would allocate its full size at once.
  const streams = new LRUCache<string, Stream>({ maxSize: STREAMS_KNOWN, sizeCalculation: () => 1 });
  let lastId = '';
  let head = rowsOf(db, 'SELECT coalesce(max(position), 0) FROM events')()[0]![0] as number;
  /** Pages written since the last checkpoint, about. */
  let pages = 0;

  const keep = (name: string, stream: Stream): Stream => {
    streams.set(name, stream);
    return stream;
  };

  const find = (name: string): Stream | undefined => {
    const id = streamNamed(name)[0]?.[0] as number | undefined;
    return id === undefined ? undefined : keep(name, { id, last: lastOf(id)[0]![0] as number });
  };

  const create = (name: string): Stream => keep(name, { id: Number(insertStream.run(name).lastInsertRowid), last: -1 });

  /** Writes the `count` events that begin at `group[at]`. */
  const write = (to: Stream, group: Group, at: number, count: number): void => {
    for (let field = at; field < at + count * 4; field += 4) {
      const [id, type, data, meta] = group.slice(field, field + 4) as [string, string, string, string];
      pages += 1 + Math.ceil((data.length + meta.length) / PAGE_BYTES);
      lastId = id;
      insertEvent.run(++head, to.id, ++to.last, id, type, data, meta);
    }
  };

  /** Position of the last of the `count` events that begin at `group[at]`, if just these follow revision `after`. */
  const findReplayed = (stream: Stream, after: number, group: Group, at: number, count: number): number | undefined => {
    const found = idsAfter(stream.id, after, count);
    const isSame = found.length === count && found.every(([id], i) => id === group[at + i * 4]);
    return isSame ? (found.at(-1)![1] as number) : undefined;
  };

  /** Appends what begins at `group[at]`, adds its answer, and returns where the next append begins. */
  const appendOne = (group: Group, at: number, answers: Answers): number => {
    const [name, expected, count] = group.slice(at, at + 3) as [string, number, number];
    const known = streams.get(name) ?? find(name);
    const last = known?.last ?? -1;
    if (expected === last) {
      write(known ?? create(name), group, at + 3, count);
      answers.push(WRITTEN, last + count, head);
    } else {
      const position = known && expected < last ? findReplayed(known, expected, group, at + 3, count) : undefined;
      if (position === undefined) answers.push(CONFLICT, last, 0);
      else answers.push(REPLAYED, expected + count, position);
    }
    return at + 3 + count * 4;
  };

  /**
   * SQLite's own checkpoint, after a commit, keeps a failed sync to itself. Other failures harm nothing: everything is in
   * the write-ahead log, and the next checkpoint is soon.
   */
  const checkpoint = (mode: 'PASSIVE' | 'TRUNCATE'): void => {
    try {
      db.exec(`PRAGMA wal_checkpoint(${mode})`);
      pages = 0;
    } catch (error) {
      if (isFailedSync(error)) throw error;
    }
  };

  return {
    /**
     * Checks the appends of a group one by one. Answers once all that do not conflict are on disk.
     * @throws Error of SQLite; whether the group was written is unknown, and only `close` may be called after.
     */
    append(group: Group): Answers {
      const answers: Answers = [];
      const before = head;
      begin.run();
      for (let at = 0; at < group.length; ) at = appendOne(group, at, answers);
      commit.run();
      if (head > before) {
        mark.mustBeInPlace();
        mark.set(head, lastId);
      }
      pages += PAGES_OF_COMMIT;
      if (pages >= CHECKPOINT_PAGES) checkpoint('PASSIVE');
      return answers;
    },
    /** Writes and syncs what changes nothing. @throws Error as `append` */
    probe: (): void => markVersion(db),
    /**
     * Moves everything into the file itself, so that nothing is left beside it, unless a reader is in the way or the disk
     * is full. @throws Error of SQLite: a sync failed.
     */
    empty(): void {
      db.exec(`PRAGMA busy_timeout = ${EMPTYING_MS}`);
      checkpoint('TRUNCATE');
      db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    },
    close(): void {
      mark.close();
      // Rolls back what is open.
      db.close();
    },
  };
};
