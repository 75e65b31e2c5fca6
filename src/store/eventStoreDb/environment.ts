// Time and chance, as the adapter meets them.

import { setTimeout as delay } from 'node:timers/promises';

export interface Environment {
  readonly now: () => Date;
  /** Milliseconds that only ever rise: those of `performance.now()`. */
  readonly clock: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

export const realEnvironment: Environment = {
  now: () => new Date(),
  clock: () => performance.now(),
  random: () => Math.random(),
  pause: (milliseconds, signal) => delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined),
};
