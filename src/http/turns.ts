// Limits how many long lists are read at once: one per user, and so many in all. Other requests wait in order.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Busy } from '../auth/workerPool.ts';

const LIMITS = {
  /** Long lists that all users together read at once. */
  atOnce: 64,
  /** Requests that may wait: of one user, and of all users together. */
  waiting: 8,
  waitingInAll: 256,
  /** Milliseconds that a request waits at most. */
  patience: 30_000,
};

interface Waiter {
  readonly key: string;
  readonly go: (end: () => void) => void;
}

export const createTurns = (limits: Partial<typeof LIMITS> = {}) => {
  const { atOnce, waiting, waitingInAll, patience } = { ...LIMITS, ...limits };
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

  const wait = async (key: string, signal: AbortSignal): Promise<() => void> => {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const own: Waiter = { key, go: resolve };
    const fail = (error: Error): void => {
      queue = queue.filter((waiter) => waiter !== own);
      reject(error);
    };
    const gone = (): void => fail(signal.reason as Error);
    const timer = setTimeout(() => fail(new Busy('the turn did not come in time')), patience);
    signal.addEventListener('abort', gone);
    queue.push(own);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
    }
  };

  return {
    /**
     * Waits for the turn of `key` (a user) and returns the function that ends it. @throws Busy when too many wait, or
     * after `patience`; the reason of `signal` when that aborts.
     */
    take: async (key: string, signal: AbortSignal): Promise<() => void> => {
      signal.throwIfAborted();
      if (!running.has(key) && running.size < atOnce) return begin(key);
      const own = queue.filter((waiter) => waiter.key === key).length;
      if (own >= waiting || queue.length >= waitingInAll) throw new Busy('too many wait for a long list');
      return wait(key, signal);
    },
    /** Yields to the event loop before the next page: all lists together read one page per round. */
    breathe: (): Promise<void> => {
      breath = breath.then(() => nextTurn());
      return breath;
    },
  };
};

export type Turns = ReturnType<typeof createTurns>;
