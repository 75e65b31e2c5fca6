// Shares the turns of the event loop: what many clients ask for at the same moment takes so much of each turn, and leaves the
// rest to others. A command takes many turns from its request to the answer, so they must be short.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { createConcurrencyLimit } from './concurrencyLimit.ts';

/** A promise as it is: `await` would wait for it. */
interface Begun<T> {
  readonly result: Promise<T>;
}

/**
 * Runs pieces of work in order. Each begins when the one before it has ended, or waits for something that takes longer than
 * the turn. `milliseconds`: of each turn; a piece that begins in time may take longer.
 */
export const createTurnShare = (milliseconds: number, now = (): number => performance.now()) => {
  const inOrder = createConcurrencyLimit(1);
  let ends = 0;
  /** One for all pieces of a turn. */
  let next: Promise<void> | undefined;
  const endOfTurn = (): Promise<void> => {
    next ??= nextTurn().then(() => {
      next = undefined;
    });
    return next;
  };
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const { result } = await inOrder(async (): Promise<Begun<T>> => {
      if (now() >= ends) {
        await endOfTurn();
        ends = now() + milliseconds;
      }
      const result = work();
      await Promise.race([result.catch(() => undefined), endOfTurn()]);
      return { result };
    });
    return result;
  };
};
