// How much memory a piece of work leaves behind, in a process that runs with `--expose-gc`.

import { expect } from 'vitest';

const held = (): number => {
  global.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** After `work` was done so many times, soon no more than `most` bytes are in use beyond those after it was done once. */
export const expectLittleLeft = async (most: number, work: () => Promise<void>, times = 1): Promise<void> => {
  await work();
  const before = held();
  for (let i = 0; i < times; i++) await work();
  // The other side of a connection lets go a moment after this one.
  await expect.poll(() => held() - before, { timeout: 20_000, interval: 100 }).toBeLessThan(most);
};
