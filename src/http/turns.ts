// Limits how many long lists are read at once: one per user, and so many in all. Other requests wait in order.

import { setImmediate } from 'node:timers/promises';
import { Busy } from '../auth/workerPool.ts';

export interface TurnLimits {
  /** Long lists that all users together read at once. */
  readonly atOnce: number;
  /** Requests that may wait: of one user, and of all users together. */
  readonly waiting: number;
  readonly waitingInAll: number;
  /** Milliseconds that a request waits at most. */
  readonly patience: number;
}

export interface Turns {
  /**
   * Waits for the turn of `key` (a user) and returns the function that ends it. @throws Busy when too many wait, or
   * after `patience`; the reason of `signal` when that aborts.
   */
  take(key: string, signal: AbortSignal): Promise<() => void>;
  /** Yields to the event loop before the next page: all lists together read one page per round. */
  breathe(): Promise<void>;
}

const LIMITS: TurnLimits = { atOnce: 64, waiting: 8, waitingInAll: 256, patience: 30_000 };

interface Waiter {
  readonly key: string;
  readonly go: (end: () => void) => void;
}

export const createTurns = (given: Partial<TurnLimits> = {}): Turns => {
  const { atOnce, waiting, waitingInAll, patience } = { ...LIMITS, ...given };
  const running = new Set<string>();
  let queue: Waiter[] = [];
  let breath: Promise<void> = Promise.resolve();

  const begin = (key: string): (() => void) => {
    running.add(key);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      running.delete(key);
      next();
    };
  };

  const next = (): void => {
    if (running.size >= atOnce) return;
    const first = queue.find(({ key }) => !running.has(key));
    if (first === undefined) return;
    queue = queue.filter((waiter) => waiter !== first);
    first.go(begin(first.key));
  };

  const wait = (key: string, signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
        queue = queue.filter((waiter) => waiter !== own);
      };
      const gone = (): void => {
        over();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        over();
        reject(new Busy('the turn did not come in time'));
      }, patience);
      const own: Waiter = {
        key,
        go: (end) => {
          over();
          resolve(end);
        },
      };
      signal.addEventListener('abort', gone);
      queue.push(own);
    });

  return {
    take: async (key, signal) => {
      signal.throwIfAborted();
      if (!running.has(key) && running.size < atOnce) return begin(key);
      const own = queue.filter((waiter) => waiter.key === key).length;
      if (own >= waiting || queue.length >= waitingInAll) throw new Busy('too many wait for a long list');
      return wait(key, signal);
    },
    breathe: () => {
      breath = breath.then(() => setImmediate());
      return breath;
    },
  };
};
