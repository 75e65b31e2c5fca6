// The bcrypt thread: an entry point that the worker pool starts and no module imports.

import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import type { PasswordJob } from './passwordScheme.ts';

// Hashing can wait. Linux sets the priority of this thread alone; elsewhere this would slow the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(10);
  } catch {
    // A sandbox may forbid it. The lower priority is optional.
  }
}

const run = (job: PasswordJob): string | boolean =>
  'cost' in job ? hashSync(job.input, job.cost) : job.hashes.some((hash) => compareSync(job.input, hash));

parentPort?.on('message', (job: PasswordJob) => parentPort?.postMessage(run(job)));
