// Seals the log at intervals, in the process that holds the lease; two at once would do no harm.

import { setTimeout as delay } from 'node:timers/promises';
import type { SealLog } from './commands/sealLog.ts';
import { lastSealIn } from './commands/seals.ts';
import type { Seal } from './domain/seal.ts';
import type { SealOutlets } from './sealOutlets.ts';
import type { Stores } from './stores.ts';

/** Milliseconds: a process that has just started has more urgent things to do. */
const SETTLING = 60_000;

interface Options {
  readonly sealLog: SealLog;
  readonly outlets: Pick<SealOutlets, 'retry' | 'send'>;
  /** Milliseconds. */
  readonly every: number;
  readonly now: () => Date;
}

/**
 * Out: a function that seals until `signal` aborts, and calls `onGoing` whenever all is well. It throws Unavailable. Called again
 * after that, it makes the seal that is due at once.
 */
export const keepSealing = (
  { events, lease }: Pick<Stores, 'events' | 'lease'>,
  { sealLog, outlets, every, now }: Options,
  signal: AbortSignal,
): ((onGoing: () => void) => Promise<void>) => {
  let settling = SETTLING;
  let isFirst = true;
  /** The process that made the last seal may have died before it could send it. */
  const sendOnce = (last: Pick<Seal, 'size'> | undefined, seal: Seal): void => {
    if (isFirst && last?.size === seal.size) void outlets.send(JSON.stringify(seal));
    isFirst = false;
  };
  return async (onGoing) => {
    const least = settling;
    settling = 0;
    const last = await lastSealIn(events);
    const due = last === undefined ? 0 : Date.parse(last.at) + every - now().getTime();
    if (due > 0) onGoing();
    let pause = Math.min(every, Math.max(due, least));
    for (; ; pause = every) {
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      // An outlet that hangs must hold up no seal.
      void outlets.retry();
      if (lease.isHeld) sendOnce(last?.data, await sealLog({ actorId: null, correlationId: 'seal' }));
      onGoing();
    }
  };
};
