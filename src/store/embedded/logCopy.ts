// Copies and checks the file of the event log in a thread of its own, for SQLite blocks while it does.

import { createPrivately } from './eventLogSchema.ts';
import type { LogCopyTask } from './logCopyWorker.ts';
import { startThread } from './thread.ts';

/**
 * Copies the log as it is at one moment, whether a server writes to it or not, into the new file `to`, for its owner
 * alone. The copy is not synced yet. @throws Error of SQLite
 */
export const copyLog = async (from: string, to: string): Promise<void> => {
  // SQLite fills an empty file, and would make a missing one readable to others.
  createPrivately(to);
  await run({ from, to });
};

/** @throws Error the file is no whole database. */
export const checkLog = (file: string): Promise<void> => run({ from: file });

const run = (task: LogCopyTask): Promise<void> =>
  startThread<LogCopyTask>(new URL('./logCopyWorker.ts', import.meta.url)).finish(task);
