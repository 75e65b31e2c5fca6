// The thread that copies or checks the file of the event log. `logCopy.ts` starts it.

import { DatabaseSync } from 'node:sqlite';
import { checkVersion } from './eventLogSchema.ts';
import { logFlaw } from './logFlaw.ts';
import { answerRequests } from './thread.ts';

/** Without `to` the log is checked. */
export interface LogCopyTask {
  readonly from: string;
  readonly to?: string;
}

/** Milliseconds to wait for a lock, which in write-ahead mode a reader hardly meets. */
const BUSY_MS = 5000;

answerRequests(() => ({ from, to }: LogCopyTask) => {
  using db = new DatabaseSync(from, { readOnly: true, timeout: BUSY_MS });
  checkVersion(db);
  // A read transaction of its own: writers go on, and what they add is not in the copy. `.backup` would begin again
  // with each of their writes.
  if (to !== undefined) return void db.prepare('VACUUM INTO ?').run(to);
  const flaw = logFlaw(from);
  if (flaw !== undefined) throw new Error(flaw);
});
