// The main thread's end of the writing thread: requests in, promises of its answers out, in order.

import { Worker } from 'node:worker_threads';
import { Unavailable } from '../ports.ts';
import type { Reply, Request, ThreadData } from './viewWorker.ts';

export interface ViewThread {
  /**
   * Resolves when the thread has done it.
   * @throws Unavailable the database failed, or the thread ended. @throws TypeError a change no document can take.
   */
  ask(request: Request): Promise<void>;
  /** Ends the thread; what it has not answered is rejected. */
  stop(): Promise<void>;
  /** Whether it ended, by `stop` or by itself. */
  ended(): boolean;
}

export function startViewThread(data: ThreadData): ViewThread {
  const worker = new Worker(new URL('./viewWorker.ts', import.meta.url), { workerData: data });
  worker.unref(); // only work in hand keeps the process up
  const waiting: PromiseWithResolvers<void>[] = [];
  let end: Unavailable | undefined;
  const ending = (cause: unknown) => {
    end ??= new Unavailable('views', cause);
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  worker.on('message', (reply: Reply) => {
    const answered = waiting.shift();
    if (waiting.length === 0) worker.unref();
    if (reply.error) answered?.reject(failureOf(reply.error));
    else answered?.resolve();
  });
  worker.on('error', ending);
  worker.on('exit', () => ending(new Error('the thread that writes views ended')));
  return {
    async ask(request) {
      if (end) throw end;
      const answer = Promise.withResolvers<void>();
      waiting.push(answer);
      worker.ref();
      worker.postMessage(request);
      await answer.promise;
    },
    async stop() {
      await worker.terminate();
    },
    ended: () => end !== undefined,
  };
}

function failureOf(error: Error): Error {
  return error instanceof TypeError ? error : new Unavailable('views', error);
}
