// Keys in one SQLite file. Its pages are overwritten when a key is destroyed, and it has no write-ahead log, where an old
// page would stay. Everything here blocks, so what writes runs in a thread of its own (`keyWorker.ts`).

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { errcodeOf } from '../cause.ts';
import { type KeyPlace, type KeyStore, Unavailable } from '../ports.ts';
import { withoutKey } from '../shared/keyBlocks.ts';
import { createPrivately } from './eventLogSchema.ts';

const VERSION = 1;
const SQLITE_READONLY_ROLLBACK = 776;
const BUSY_MS = 5000;

const TABLES = `
  CREATE TABLE blocks (id TEXT PRIMARY KEY, keys BLOB NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;

// The journal holds old pages while a transaction runs, and is then cut to nothing. Synced before the answer, as the log is.
const WRITING = `
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = EXTRA;
  PRAGMA fullfsync = ON;
  PRAGMA secure_delete = ON;
`;

const versionOf = (db: DatabaseSync): number => Number(db.prepare('PRAGMA user_version').get()!.user_version);

const prepare = (db: DatabaseSync): void => {
  db.exec(WRITING);
  db.exec('BEGIN IMMEDIATE');
  // Another process may have made the tables meanwhile.
  if (versionOf(db) === 0) db.exec(TABLES);
  db.exec('COMMIT');
  const version = versionOf(db);
  if (version !== VERSION) throw new Error(`${db.location()} holds keys of version ${version}, not ${VERSION}`);
};

const finderIn = (db: DatabaseSync) => {
  const select = db.prepare('SELECT keys FROM blocks WHERE id = ?');
  return (id: string) => select.get(id)?.keys as Uint8Array | undefined;
};

const openFinder = (file: string) => {
  const db = new DatabaseSync(file, { timeout: BUSY_MS, readOnly: true });
  try {
    return { db, find: finderIn(db) };
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Undoes the change in which a process was killed: no connection that only reads can do that, nor read the file before. */
const undoUnfinished = (file: string): void => {
  using db = new DatabaseSync(file, { timeout: BUSY_MS });
  versionOf(db);
};

const openFinderAfterKill = (file: string) => {
  try {
    return openFinder(file);
  } catch (error) {
    if (errcodeOf(error) !== SQLITE_READONLY_ROLLBACK) throw error;
    undoUnfinished(file);
    return openFinder(file);
  }
};

/**
 * Opens keys for reading only, also while a server runs. In a place without keys, nobody ever kept one. @throws Error of SQLite,
 * or of the file system: this process may not look
 */
export const openEmbeddedKeyReader = (file: string): Pick<KeyStore, 'get' | 'close'> => {
  if (statSync(file, { throwIfNoEntry: false }) === undefined)
    return { get: async (ids) => ids.map(() => undefined), close: async () => undefined };
  const { db, find } = openFinderAfterKill(file);
  return {
    get: async (ids) => {
      try {
        return ids.map(find);
      } catch (error) {
        throw new Unavailable('keys', error);
      }
    },
    close: async () => db.close(),
  };
};

/** Several processes of one machine may open the same file. @throws Error of SQLite, or of a file made by a later version */
export const openKeyFile = (file: string) => {
  createPrivately(file);
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    return keysIn(db);
  } catch (error) {
    db.close();
    throw error;
  }
};

const keysIn = (db: DatabaseSync) => {
  prepare(db);
  const find = finderIn(db);
  const insert = db.prepare('INSERT INTO blocks (id, keys) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const replace = db.prepare('REPLACE INTO blocks (id, keys) VALUES (?, ?)');

  const change = (write: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      write();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    add: (blocks: readonly (readonly [string, Uint8Array])[]): void =>
      change(() => {
        for (const [id, keys] of blocks) insert.run(id, keys);
      }),
    get: (ids: readonly string[]) => ids.map(find),
    destroy: (places: readonly KeyPlace[]): void =>
      change(() => {
        for (const place of places) replace.run(place.block, withoutKey(find(place.block), place));
      }),
    probe: (): void => change(() => db.exec(`PRAGMA user_version = ${VERSION}`)),
    close: (): void => db.close(),
  };
};
