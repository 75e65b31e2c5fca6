// A worker that does what a test tells it: answer, throw, keep silent, or note in shared memory that it has answered.

import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (job: string | SharedArrayBuffer) => {
  if (job === 'die') throw new Error('as told');
  if (typeof job !== 'string') {
    parentPort?.postMessage('noted, done');
    Atomics.store(new Int32Array(job), 0, 1);
    Atomics.notify(new Int32Array(job), 0);
  } else if (job !== 'keep silent') parentPort?.postMessage(`${job}, done`);
});
