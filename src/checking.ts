// The doctor of a running program: when somebody asks, and slowly all the time.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { counted } from './counted.ts';
import { createChainCheck } from './history/chainCheck.ts';
import { inWords } from './projections/differences.ts';
import { type DoctorOptions, examine, type Report } from './projections/doctor.ts';
import type { Progress } from './projections/progress.ts';
import { Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

/** Documents of one share: when somebody waits, and in the background. */
export const SHARE = { asked: 50_000, slow: 5000 } as const;

/** Milliseconds from a start to the first check, and between two. */
const PAUSE = 10 * 60_000;
/** Milliseconds that the views may be behind before the doctor gives up. */
const PATIENCE = 10_000;
/** Differences that one check writes into the log. */
const LOGGED = 10;

type Asked = Pick<DoctorOptions, 'repair' | 'signal'> & Partial<Pick<DoctorOptions, 'most' | 'onProgress' | 'rest'>>;

/** Examines the views and the log of these stores. @throws Unavailable also while the views are being built; the reason of the signal */
export const examineStores = async (
  { events, views }: Pick<Stores, 'events' | 'views'>,
  progress: Pick<Progress, 'reached' | 'ready'>,
  asked: Asked,
): Promise<Report> => {
  if (!(await progress.ready())) throw new Unavailable('views', new Error('they are being built'));
  const flawOf = createChainCheck(events.recorded);
  const reached = (position: number) => progress.reached(position, PATIENCE);
  return examine({ events, views, flawOf, reached, most: SHARE.asked, ...asked });
};

/** Lets work take so many percent of one processor: each call waits in proportion to the time since the last one ended. */
export const pacedAt = (percent: number, signal: AbortSignal): (() => Promise<void>) => {
  let since = performance.now();
  return async () => {
    const worked = performance.now() - since;
    await delay((worked * (100 - percent)) / percent, undefined, { signal }).catch(() => undefined);
    since = performance.now();
  };
};

export interface CheckingOptions {
  /** Of one processor that the check in the background may take. */
  readonly percent: number;
  readonly log: Logger;
  /** Milliseconds between two checks. */
  readonly every?: number | undefined;
  /** Undefined: another process checks from now on. */
  readonly onReport?: (report: Report | undefined) => void;
}

export type Checking = ReturnType<typeof createChecking>;

export const createChecking = (
  stores: Pick<Stores, 'events' | 'views' | 'lease'>,
  progress: Progress,
  { percent, log, every = PAUSE, onReport = () => undefined }: CheckingOptions,
) => {
  let last: Report | undefined;

  const told = (report: Report): Report => {
    for (const difference of report.differences.slice(0, LOGGED))
      log.error({ difference }, `the views differ from the log: ${inWords(difference)}`);
    for (const event of report.broken.slice(0, LOGGED))
      log.error({ event }, `the log is damaged at position ${event.position}: ${event.what}`);
    last = report;
    onReport(report);
    return report;
  };

  return {
    /** As the verb asks. @throws Unavailable */
    examine: async (asked: Asked): Promise<Report> => told(await examineStores(stores, progress, asked)),
    /** Examines all the time, until `signal` aborts. A store that is away is reported by those who watch the stores. */
    run: async (signal: AbortSignal): Promise<void> => {
      for (;;) {
        await delay(every, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        // One process of those that share the views checks them. What this one found may be mended since.
        if (!stores.lease.isHeld) {
          if (last !== undefined) onReport(undefined);
          last = undefined;
          continue;
        }
        const rest = pacedAt(percent, signal);
        try {
          told(await examineStores(stores, progress, { repair: false, most: SHARE.slow, rest, signal }));
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof Unavailable)) throw error;
          log.warn({ reason: error.message }, 'a check of the views broke off');
        }
      }
    },
    /** What operators should mend. */
    warnings: (): readonly string[] => {
      const { differing = 0, mended = 0, broken = [] } = last ?? {};
      const left = differing - mended;
      return [
        ...(left > 0
          ? [`views: ${counted(left, 'document differs', 'documents differ')} from the log; see npx verbatim doctor`]
          : []),
        ...(broken.length > 0
          ? [`log: ${counted(broken.length, 'event is', 'events are')} damaged; see npx verbatim doctor`]
          : []),
      ];
    },
  };
};
