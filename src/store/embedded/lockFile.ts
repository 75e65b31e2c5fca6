// A lock between processes is an open exclusive transaction on an empty database: the operating system ends it with the process,
// however that dies. So no lock is ever left behind, and no process id has to be compared with those that run.

import { DatabaseSync } from 'node:sqlite';
import { errcodeOf } from '../cause.ts';

const SQLITE_BUSY = 5;
/** Two processes that ask at once both see a lock for an instant: the one that gets it must not give up before. */
const LOCK_MS = 250;

/** Takes the lock on `file`, which is made if missing, until it is closed. Undefined: it is taken. @throws Error of SQLite */
export const lockFile = (file: string): DatabaseSync | undefined => {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { timeout: LOCK_MS });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (((errcodeOf(error) ?? 0) & 0xff) === SQLITE_BUSY) return undefined;
    throw error;
  }
};
