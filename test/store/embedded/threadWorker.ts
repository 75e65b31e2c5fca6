// A thread that says which it is, and what it began on.

import { threadId } from 'node:worker_threads';
import { answerRequests } from '../../../src/store/embedded/thread.ts';

export type Request = 'who' | 'fail' | 'die';

answerRequests((data: string) => (request: Request) => {
  if (request === 'fail') throw new Error(`${data} failed`);
  if (request === 'die') setImmediate(() => process.exit());
  return { data, threadId };
});
