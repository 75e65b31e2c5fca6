// How far the views have come, and waiting for them to come further: the way everybody reads their own writes.

import { setTimeout as delay } from 'node:timers/promises';

export interface Progress {
  /** The views have taken everything up to here; 0 while that is not known. */
  readonly position: number;
  /** What the views must have taken before they are read. */
  readonly needed: number;
  /** The views have all that is needed. */
  readonly isReady: boolean;
  /** It is known which views serve, and that they belong to the log. */
  readonly isKnown: boolean;
  /** The views do not answer, or stand still for good: until they `advance` again nobody waits for them. */
  readonly isAway: boolean;
  advance(position: number): void;
  /** Other views began to serve: nothing is known of them before the next `advance`. */
  forget(): void;
  lost(): void;
  /** Nobody here brings the views any further: nobody waits for them, unless somebody else does bring them further. */
  halted(): void;
  /** True once the views have taken `position`; false after `timeout` milliseconds, or when they are away. */
  reached(position: number, timeout: number): Promise<boolean>;
  /** True once the views are ready; false when that takes longer than it takes to catch up after a crash or a rebuild. */
  ready(): Promise<boolean>;
}

interface Waiter {
  readonly position: number;
  readonly done: (reached: boolean) => void;
}

export interface ProgressOptions {
  /** The log's end at the start: views that have not come so far are not read. Default 0. */
  readonly needed?: number;
  /**
   * Where another process projects: asks the view store how far it is, each `interval` milliseconds and only while
   * somebody waits.
   */
  readonly poll?: { readonly checkpoint: () => Promise<number>; readonly interval: number } | undefined;
}

/** Of the way to `end`, in whole percent. */
export const percentOf = (position: number, end: number): number =>
  end === 0 ? 100 : Math.min(100, Math.floor((position / end) * 100));

/** Milliseconds. */
const READY_WAIT = 1000;

export const createProgress = ({ needed: atStart = 0, poll }: ProgressOptions = {}): Progress => {
  let position = 0;
  // Views that served with more than this would take back what readers have seen.
  let needed = atStart;
  let waiters: Waiter[] = [];
  let polling = false;
  let isKnown = false;
  let isAway = false;
  let isHalted = false;

  const has = (wanted: number): boolean => isKnown && wanted <= position;

  const advance = (to: number): void => {
    if (to > position) isHalted = false;
    position = to;
    needed = Math.max(needed, to);
    isKnown = true;
    isAway = false;
    if (waiters.length === 0) return;
    const ready = waiters.filter((waiter) => has(waiter.position));
    if (ready.length === 0) return;
    waiters = waiters.filter((waiter) => !has(waiter.position));
    for (const { done } of ready) done(true);
  };

  const forget = (): void => {
    position = 0;
    isKnown = false;
  };

  const giveUp = (): void => {
    for (const { done } of waiters.splice(0)) done(false);
  };

  const lost = (): void => {
    isAway = true;
    giveUp();
  };

  const halted = (): void => {
    isHalted = true;
    giveUp();
  };

  const pollWhileWaiting = async (): Promise<void> => {
    if (poll === undefined || polling) return;
    polling = true;
    while (waiters.length > 0) {
      try {
        const at = await poll.checkpoint();
        // What was asked before this process got further itself may be answered after that.
        if (isKnown && at > position) advance(at);
      } catch {
        lost();
      }
      if (waiters.length > 0) await delay(poll.interval);
    }
    polling = false;
  };

  const reached = (wanted: number, timeout: number): Promise<boolean> => {
    if (has(wanted)) return Promise.resolve(true);
    if (isAway || isHalted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiters = waiters.filter((waiter) => waiter !== own);
        resolve(false);
      }, timeout);
      const own = {
        position: wanted,
        done: (hasReached: boolean) => {
          clearTimeout(timer);
          resolve(hasReached);
        },
      };
      waiters.push(own);
      void pollWhileWaiting();
    });
  };

  return {
    get position() {
      return position;
    },
    get needed() {
      return needed;
    },
    get isReady() {
      return has(needed);
    },
    get isKnown() {
      return isKnown;
    },
    get isAway() {
      return isAway || isHalted;
    },
    advance,
    forget,
    lost,
    halted,
    reached,
    ready: () => reached(needed, READY_WAIT),
  };
};
