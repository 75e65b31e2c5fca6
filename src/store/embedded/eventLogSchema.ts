// The tables of the event log, and how a connection is made ready for them.

import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

// Events have no index on their id: ids are random, and keeping a random index costs more than everything else together.
// Replays are found by stream and revision instead. Ids are text, for they are read far more often than a tenth of the
// file's size matters: turning 16 bytes into text slows a scan of the log by a quarter.
const TABLES = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    meta TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_of_stream ON events (stream, revision);
  PRAGMA user_version = ${VERSION};
`;

/**
 * Bytes that a write-ahead log keeps once its pages are in the file. While a reader is in the way, it grows beyond; without a
 * limit it would then keep that size for ever.
 */
export const JOURNAL_BYTES = 64 * 1024 * 1024;

// fullfsync: on macOS a plain fsync leaves the data in the drive's cache. No automatic checkpoint: see `eventLog.ts`.
const WRITING = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = ${JOURNAL_BYTES};
  PRAGMA cache_size = -32000;
`;

/** Creates `file`, if missing, so that only its owner can read it. SQLite gives the files beside it the same mode. */
export const createPrivately = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/** Makes `db` a durable writer, and makes the tables in a new file. @throws Error the file is of a later version. */
export const prepareToWrite = (db: DatabaseSync): void => {
  db.exec(WRITING);
  if (versionOf(db) === 0) db.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
  checkVersion(db);
};

/** The statements that write a stream, by its name, and an event, by the id of its stream. */
export const insertsOf = (db: DatabaseSync) => ({
  insertStream: db.prepare('INSERT INTO streams (name) VALUES (?)'),
  insertEvent: db.prepare(
    'INSERT INTO events (position, stream, revision, id, type, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ),
});

/** Writes the file's version once more: the least that reaches the disk and changes nothing. */
export const markVersion = (db: DatabaseSync): void => {
  db.exec(`PRAGMA user_version = ${VERSION}`);
};

/** @throws Error the file holds no event log, or one this version cannot read. */
export const checkVersion = (db: DatabaseSync): void => {
  const version = versionOf(db);
  if (version === 0) throw new Error(`${db.location()} holds no event log`);
  if (version !== VERSION) throw new Error(`${db.location()} is an event log of version ${version}, not ${VERSION}`);
};

/** A query that gives its rows as arrays, which costs a third of rows as objects. */
export const rowsOf = (db: DatabaseSync, sql: string): ((...values: (string | number)[]) => (string | number)[][]) => {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return (...values) => statement.all(...values) as unknown as (string | number)[][];
};

/** The same, row by row: those that are not asked for are not read. */
export const rowsIn = (db: DatabaseSync, sql: string): ((...values: (string | number)[]) => Iterable<unknown>) => {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return (...values) => statement.iterate(...values);
};

const versionOf = (db: DatabaseSync): number => Number(rowsOf(db, 'PRAGMA user_version')()[0]![0]);
