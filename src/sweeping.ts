// Sweeps, every hour, what uploads have left: files that nobody uses, contents that no file names, and parts of uploads
// that died. The process that may project does it; two at once would do no harm.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { discardFiles } from './commands/discardFiles.ts';
import { sealsBackwards } from './commands/seals.ts';
import { timeOf } from './domain/envelope.ts';
import { THE_LOG } from './domain/streams.ts';
import type { Services } from './services.ts';
import { type EventReader, Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

const HOUR = 3_600_000;
/** Milliseconds until the first sweep: a start has enough to do. */
const FIRST = 60_000;
/** Milliseconds in which an upload records its event after its content is stored, by far. */
const RECORDING = HOUR;

/**
 * Whether an older log was put back, or taken with `accept-log`, since that moment: somebody may want the files again that only the
 * newer one names. @throws Unavailable
 */
const wasTakenSince = async (events: Pick<EventReader, 'readStream'>, moment: string): Promise<boolean> => {
  const [last] = await events.readStream(THE_LOG, { backwards: true, limit: 1 });
  if (last !== undefined && last.type !== 'LogBegun' && timeOf(last) > moment) return true;
  for await (const { type, at } of sealsBackwards(events)) {
    if (at <= moment) return false;
    if (type === 'LogAccepted') return true;
  }
  return false;
};

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
    const before = new Date(now - Math.max(kept, RECORDING));
    const isWanted = await wasTakenSince(events, before.toISOString());
    // Contents first: a backup or a download that has just begun keeps what this sweep discards until the next one.
    const contents = isWanted
      ? 0
      : await blobs.sweep(before, async (hash) => {
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
