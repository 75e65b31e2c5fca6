// Copies and checks the file of the event log in a thread of its own, for SQLite blocks while it does.

import { Worker } from 'node:worker_threads';
import { createPrivately } from './eventLogSchema.ts';

export type LogCopyTask =
  | { readonly task: 'copy'; readonly from: string; readonly to: string }
  | { readonly task: 'check'; readonly file: string };

/**
 * Copies the log as it is at one moment, whether a server writes to it or not, into the new file `to`, for its owner
 * alone. The copy is not synced yet. @throws Error of SQLite
 */
export const copyLog = async (from: string, to: string): Promise<void> => {
  // SQLite fills an empty file, and would make a missing one readable to others.
  createPrivately(to);
  await run({ task: 'copy', from, to });
};

/** @throws Error the file is no whole database. */
export const checkLog = (file: string): Promise<void> => run({ task: 'check', file });

const run = (workerData: LogCopyTask): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./logCopyWorker.ts', import.meta.url), { workerData });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the copying thread ended with ${code}`))));
  });
