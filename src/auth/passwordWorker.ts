// The thread that computes bcrypt: an entry point, started by the worker pool and imported by nobody.

import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import type { PasswordJob } from './passwordScheme.ts';

// Linux gives each thread a priority of its own, and hashing can wait; elsewhere this would slow the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(10);
  } catch {
    // A sandbox that forbids it; it is a courtesy only.
  }
}

const run = (job: PasswordJob): string | boolean =>
  'cost' in job ? hashSync(job.input, job.cost) : job.hashes.some((hash) => compareSync(job.input, hash));

parentPort?.on('message', (job: PasswordJob) => parentPort?.postMessage(run(job)));
