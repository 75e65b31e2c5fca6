// The thread that copies or checks the file of the event log. Started by `logCopy.ts`.

import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { checkVersion, rowsOf } from './eventLogSchema.ts';
import type { LogCopyTask } from './logCopy.ts';

/** Milliseconds to wait for a lock, which in write-ahead mode a reader hardly meets. */
const BUSY_MS = 5000;

const task = workerData as LogCopyTask;
const db = new DatabaseSync(task.task === 'copy' ? task.from : task.file, { readOnly: true, timeout: BUSY_MS });
try {
  checkVersion(db);
  // A read transaction of its own: writers go on, and what they add is not in the copy. `.backup` would begin again
  // with each of their writes.
  if (task.task === 'copy') db.prepare('VACUUM INTO ?').run(task.to);
  else {
    const [[verdict] = []] = rowsOf(db, 'PRAGMA integrity_check(1)')();
    if (verdict !== 'ok') throw new Error(`the database is damaged: ${verdict}`);
  }
} finally {
  db.close();
}
