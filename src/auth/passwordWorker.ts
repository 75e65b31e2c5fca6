// The password thread: an entry point that the worker pool starts and no module imports.

import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import { loadCommonPasswords } from './commonPasswords.ts';
import type { PasswordJob } from './passwordScheme.ts';

// Hashing can wait. Linux sets the priority of this thread alone; elsewhere this would slow the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(10);
  } catch {
    // A sandbox may forbid it. The lower priority is optional.
  }
}

let isCommon: ReturnType<typeof loadCommonPasswords> | undefined;

const run = async (job: PasswordJob): Promise<string | boolean> => {
  if ('cost' in job) return hashSync(job.input, job.cost);
  if ('hashes' in job) return job.hashes.some((hash) => compareSync(job.input, hash));
  isCommon ??= loadCommonPasswords();
  return (await isCommon)(job.password);
};

parentPort?.on('message', async (job: PasswordJob) => parentPort?.postMessage(await run(job)));
