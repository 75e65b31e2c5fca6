// Fills new views in a thread of its own, with stores of its own, so that a build takes no time of the thread that serves.

import { Worker } from 'node:worker_threads';
import type { Config } from './config.ts';
import type { Compared, Fill } from './projections/rebuild.ts';
import { type Checkpoint, type StoreName, Unavailable, type ViewBuild } from './store/ports.ts';

/** What the thread is to do. */
export interface Task {
  readonly config: Config;
  readonly place: string;
  readonly compares: boolean;
  /** See `FillOptions`. */
  readonly isUrgent: boolean;
}

/** What the thread says. An error of ours loses its class on the way from a thread, so an outage names its store. */
export type Said =
  | { readonly position: number; readonly events: number; readonly compared: number }
  | { readonly differences: Compared }
  | { readonly away: StoreName; readonly why: string | undefined }
  | { readonly bug: unknown }
  | { readonly filled: Checkpoint };

export const fillApart =
  (config: Config): Fill<ViewBuild> =>
  async (build, onProgress, { signal, isUrgent = false, onCompared }) => {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Checkpoint>();
    const workerData: Task = { config, place: build.place, compares: onCompared !== undefined, isUrgent };
    const worker = new Worker(new URL('./rebuildWorker.ts', import.meta.url), { workerData });
    worker.on('message', (said: Said) => {
      if ('filled' in said) resolve(said.filled);
      else if ('away' in said) reject(new Unavailable(said.away, said.why && new Error(said.why)));
      else if ('bug' in said) reject(said.bug);
      else if ('differences' in said) onCompared?.(said.differences);
      else onProgress(said.position, said.events, said.compared);
    });
    // It could not begin, for instance for want of a descriptor, or ran out of memory.
    worker.on('error', (error) => reject(new Unavailable('views', error)));
    worker.on('exit', () => reject(new Unavailable('views', new Error('the thread of the build ended'))));
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
