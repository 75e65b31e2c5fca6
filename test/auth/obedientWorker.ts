// A worker that does what a test tells it: answer, throw, or keep silent.

import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (job: string) => {
  if (job === 'die') throw new Error('as told');
  if (job !== 'keep silent') parentPort?.postMessage(`${job}, done`);
});
