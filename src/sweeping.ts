// Sweeps, every hour, what uploads have left: files that nobody uses, contents that no file names, and parts of uploads
// that died. The process that may project does it; two at once would do no harm.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { discardFiles } from './commands/discardFiles.ts';
import type { Services } from './services.ts';
import { Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

const HOUR = 3_600_000;
/** Milliseconds until the first sweep: a start has enough to do. */
const FIRST = 60_000;
/** Milliseconds in which an upload records its event after its content is stored, by far. */
const RECORDING = HOUR;

export interface Swept {
  readonly files: number;
  readonly contents: number;
}

export type Sweep = (signal?: AbortSignal) => Promise<Swept | undefined>;

/**
 * @returns a function that sweeps once. Undefined: not now, since the views lack something. @throws Unavailable
 */
export const createSweep = (
  { core, queries, progress, events, config }: Pick<Services, 'core' | 'queries' | 'progress' | 'events' | 'config'>,
  { blobs }: Pick<Stores, 'blobs'>,
): Sweep => {
  const kept = config.KEEP_UNUSED * HOUR;
  return async (signal) => {
    const now = core.now().getTime();
    // A file of which the views know nothing yet would look like a content that no file names.
    if (!progress.isReady || !(await progress.reached(await events.head()))) return undefined;
    // Contents first: a backup or a download that has just begun keeps what this sweep discards until the next one.
    const contents = await blobs.sweep(new Date(now - Math.max(kept, RECORDING)), async (hash) => {
      signal?.throwIfAborted();
      return queries.isContent(hash);
    });
    const files = await discardFiles(core, queries, new Date(now - kept), signal);
    return { files, contents };
  };
};

/** Sweeps until `signal` aborts, after `first` milliseconds and then every hour. A store that is away is reported by those who watch the stores. */
export const keepSweeping = async (
  sweep: Sweep,
  { lease }: Pick<Stores, 'lease'>,
  log: Logger,
  signal: AbortSignal,
  first = FIRST,
): Promise<void> => {
  for (let pause = first; !signal.aborted; pause = HOUR) {
    await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted || !lease.isHeld) continue;
    try {
      const swept = await sweep(signal);
      if (swept !== undefined && swept.files + swept.contents > 0)
        log.info({ security: 'swept', ...swept }, 'files that nobody uses were removed');
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Unavailable)) throw error;
      log.warn({ reason: error.message }, 'a sweep broke off');
    }
  }
};
