// Looks whether the file of a log is sound in itself. Streams are read by an index: an event that the index lacks is in the log and
// not in its stream.

import { DatabaseSync } from 'node:sqlite';
import { rowsOf } from './eventLogSchema.ts';

/** Milliseconds to wait for a lock, which in write-ahead mode a reader hardly meets. */
const BUSY_MS = 5000;

const FIRST_LOST = `SELECT min(position) FROM events AS e NOT INDEXED WHERE NOT EXISTS
  (SELECT 1 FROM events AS i INDEXED BY events_of_stream
    WHERE i.stream = e.stream AND i.revision = e.revision AND i.position = e.position)`;

/** What is wrong, in words. Undefined: nothing is. Reads the whole file, also while a server runs. @throws Error of SQLite */
export const logFlaw = (file: string): string | undefined => {
  using db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  const [[found]] = rowsOf(db, 'PRAGMA integrity_check(1)')() as [[string]];
  if (found === 'ok') return undefined;
  const [[position]] = rowsOf(db, FIRST_LOST)() as unknown as [[number | null]];
  return position === null
    ? `the file is damaged: ${found.split('\n').at(-1)}`
    : `at position ${position}: the index of the file lacks the event, so its stream reads as if it had not happened`;
};
