// Fills new views in a thread of its own, with stores of its own, so that a rebuild takes no time of the thread that serves.

import { Worker } from 'node:worker_threads';
import type { Config } from './config.ts';
import type { Compared, Fill } from './projections/rebuild.ts';
import type { Checkpoint, ViewBuild } from './store/ports.ts';

/** What the thread is to do. */
export interface Task {
  readonly config: Config;
  readonly place: string;
  readonly compares: boolean;
}

/** What the thread says. */
export type Said =
  | { readonly position: number; readonly events: number }
  | { readonly compared: Compared }
  | { readonly filled: Checkpoint };

export const fillApart =
  (config: Config): Fill<ViewBuild> =>
  async (build, onProgress, { signal, onCompared }) => {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Checkpoint>();
    const workerData: Task = { config, place: build.place, compares: onCompared !== undefined };
    const worker = new Worker(new URL('./rebuildWorker.ts', import.meta.url), { workerData });
    worker.on('message', (said: Said) => {
      if ('filled' in said) resolve(said.filled);
      else if ('compared' in said) onCompared?.(said.compared);
      else onProgress(said.position, said.events);
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('the thread of the rebuild ended')));
    const onAbort = (): void => reject(signal!.reason);
    signal?.addEventListener('abort', onAbort);
    try {
      const filled = await promise;
      await build.complete(filled);
      return filled;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await worker.terminate();
    }
  };
