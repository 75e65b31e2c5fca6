// The main thread's end of the writing thread: requests in, promises of its answers out, in order.

import { Worker } from 'node:worker_threads';
import { Unavailable } from '../ports.ts';
import type { Request, ThreadData } from './viewWorker.ts';

export interface ViewThread {
  /**
   * Resolves when the thread has done it.
   * @throws Unavailable the database failed, or the thread ended. @throws TypeError a change no document can take.
   */
  ask(request: Request): Promise<void>;
  /** Ends the thread; what it has not answered is rejected. */
  stop(): Promise<void>;
  /** It ended, by `stop` or by itself. */
  readonly hasEnded: boolean;
}

export const startViewThread = (data: ThreadData): ViewThread => {
  const worker = new Worker(new URL('./viewWorker.ts', import.meta.url), { workerData: data });
  worker.unref(); // only work in hand keeps the process up
  const waiting: PromiseWithResolvers<void>[] = [];
  let end: Unavailable | undefined;
  const onEnd = (cause: unknown) => {
    end ??= new Unavailable('views', cause);
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  worker.on('message', (failure: Error | undefined) => {
    const asked = waiting.shift();
    if (waiting.length === 0) worker.unref();
    if (failure) asked?.reject(failure instanceof TypeError ? failure : new Unavailable('views', failure));
    else asked?.resolve();
  });
  worker.on('error', onEnd);
  worker.on('exit', () => onEnd(new Error('the thread that writes views ended')));
  return {
    async ask(request) {
      if (end) throw end;
      const asked = Promise.withResolvers<void>();
      waiting.push(asked);
      worker.ref();
      worker.postMessage(request);
      await asked.promise;
    },
    async stop() {
      await worker.terminate();
    },
    get hasEnded() {
      return end !== undefined;
    },
  };
};
