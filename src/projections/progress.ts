// How far the views are, and waiting for them: so users read their own writes.

import { setTimeout as delay } from 'node:timers/promises';

/** `position` as whole percents of `end`. */
export const percentOf = (position: number, end: number): number =>
  end === 0 ? 100 : Math.min(100, Math.floor((position / end) * 100));

/** Milliseconds. */
const READY_WAIT = 1000;

/** Milliseconds that an answer waits for the views to take what was recorded. Then it is sent without them. */
const PATIENCE = 2000;

export type Progress = ReturnType<typeof createProgress>;

interface Waiter {
  readonly position: number;
  readonly answer: (hasReached: boolean) => void;
}

/**
 * `needed`: the log's end at the start; views that have not taken the log up to there are not read.
 * `poll`: for a process whose views another process may keep. While somebody waits, it asks the view store every
 * `interval` milliseconds. `checkpoint` answers undefined while this process keeps the views itself.
 * `patience`: milliseconds that a caller of `reached` waits that names no time.
 */
export const createProgress = ({
  needed: atStart = 0,
  poll,
  patience = PATIENCE,
}: {
  readonly needed?: number;
  readonly patience?: number | undefined;
  readonly poll?: { readonly checkpoint: () => Promise<number | undefined>; readonly interval: number } | undefined;
} = {}) => {
  let position = 0;
  // Views that have less than earlier views had would take back what readers have seen.
  let needed = atStart;
  let isPolling = false;
  let isKnown = false;
  let isAway = false;
  let isHalted = false;
  const waiters = new Set<Waiter>();

  const has = (wanted: number): boolean => isKnown && wanted <= position;

  const answer = (waiter: Waiter, hasReached: boolean): void => {
    waiters.delete(waiter);
    waiter.answer(hasReached);
  };
  const giveUp = (): void => {
    for (const waiter of waiters) answer(waiter, false);
  };

  const advance = (to: number): void => {
    if (to > position) isHalted = false;
    position = to;
    needed = Math.max(needed, to);
    isKnown = true;
    isAway = false;
    for (const waiter of waiters) if (has(waiter.position)) answer(waiter, true);
  };
  const lost = (): void => {
    isAway = true;
    giveUp();
  };

  const pollWhileWaiting = async (): Promise<void> => {
    if (poll === undefined || isPolling) return;
    isPolling = true;
    while (waiters.size > 0) {
      try {
        const at = await poll.checkpoint();
        // This process may have advanced further before the answer came.
        if (at !== undefined && isKnown && at > position) advance(at);
      } catch {
        lost();
      }
      if (waiters.size > 0) await delay(poll.interval);
    }
    isPolling = false;
  };

  /** True once the views have taken `wanted`; false after `timeout` milliseconds, or if the views are away. */
  const reached = async (wanted: number, timeout = patience): Promise<boolean> => {
    if (has(wanted)) return true;
    if (isAway || isHalted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = { position: wanted, answer: resolve };
    waiters.add(waiter);
    const timer = setTimeout(() => answer(waiter, false), timeout);
    void pollWhileWaiting();
    const hasReached = await promise;
    clearTimeout(timer);
    return hasReached;
  };

  return {
    /** The views have taken every event up to here. 0 while that is not known. */
    get position() {
      return position;
    },
    /** The views must have taken every event up to here before they are read. */
    get needed() {
      return needed;
    },
    get isReady() {
      return has(needed);
    },
    /** This process knows which views serve, and that they belong to the log. */
    get isKnown() {
      return isKnown;
    },
    /** The views do not answer, or their projector has stopped. Nobody waits for them before they `advance` again. */
    get isAway() {
      return isAway || isHalted;
    },
    advance,
    /** Other views began to serve: nothing is known of them before the next `advance`. */
    forget: (): void => {
      position = 0;
      isKnown = false;
    },
    /** The view store does not answer. */
    lost,
    /** The projector of this process has stopped. */
    halted: (): void => {
      isHalted = true;
      giveUp();
    },
    reached,
    /** True once the views are ready; false after a second, since a rebuild takes longer. */
    ready: (): Promise<boolean> => reached(needed, READY_WAIT),
  };
};
