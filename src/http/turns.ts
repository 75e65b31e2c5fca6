// Limits how many long lists are read at once: one per user, and so many in all, of which one address has no more than half. Other
// requests wait in order.

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

/** Whose turn it is. */
interface Taker {
  readonly key: string;
  readonly address: string;
}

interface Waiter extends Taker {
  readonly go: (end: () => void) => void;
}

export const createTurns = (limits: Partial<typeof LIMITS> = {}) => {
  const { atOnce, waiting, waitingInAll, patience } = { ...LIMITS, ...limits };
  /** By key: the address. */
  const running = new Map<string, string>();
  let queue: Waiter[] = [];
  let breath: Promise<void> = Promise.resolve();

  const ofAddress = (addresses: Iterable<string>, address: string): number =>
    [...addresses].filter((one) => one === address).length;

  const isFree = ({ key, address }: Taker): boolean =>
    running.size < atOnce && !running.has(key) && ofAddress(running.values(), address) < atOnce / 2;

  const begin = ({ key, address }: Taker): (() => void) => {
    running.set(key, address);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      running.delete(key);
      next();
    };
  };

  const next = (): void => {
    const first = queue.find(isFree);
    if (first === undefined) return;
    queue = queue.filter((waiter) => waiter !== first);
    first.go(begin(first));
  };

  const wait = async (taker: Taker, signal: AbortSignal): Promise<() => void> => {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const own: Waiter = { ...taker, go: resolve };
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
     * Waits for the turn of `key` (a user) and returns the function that ends it. `address`: of the client; default: one of its own.
     * @throws Busy when too many wait, or after `patience`; the reason of `signal` when that aborts.
     */
    take: async (key: string, signal: AbortSignal, address = key): Promise<() => void> => {
      signal.throwIfAborted();
      const taker = { key, address };
      if (isFree(taker)) return begin(taker);
      const own = queue.filter((waiter) => waiter.key === key).length;
      const beside = ofAddress(
        queue.map((waiter) => waiter.address),
        address,
      );
      if (own >= waiting || beside >= waitingInAll / 2 || queue.length >= waitingInAll)
        throw new Busy('too many wait for a long list');
      return wait(taker, signal);
    },
    /** Yields to the event loop before the next page: all lists together read one page per round. */
    breathe: (): Promise<void> => {
      breath = breath.then(() => nextTurn());
      return breath;
    },
  };
};

export type Turns = ReturnType<typeof createTurns>;
