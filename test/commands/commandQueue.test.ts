// Each append costs a sync: what waits for one goes with it.

import { expect, test } from 'vitest';
import { createCommandQueue } from '../../src/commands/commandQueue.ts';

test('commands that come while an append is under way all go with the next one', async () => {
  const runs: { readonly commands: readonly number[]; readonly end: () => void }[] = [];
  const begun = Array.from({ length: 2 }, () => Promise.withResolvers<void>());
  const queue = createCommandQueue<number>((commands) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    begun[runs.length]!.resolve();
    runs.push({ commands, end: resolve });
    return promise;
  });
  const numbers = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
  queue.add(0);
  await begun[0]!.promise;
  for (const number of numbers(1, 60)) queue.add(number);
  runs[0]!.end();
  // The append has ended, and the next one has not begun.
  for (const number of numbers(61, 3)) queue.add(number);
  await begun[1]!.promise;
  expect(runs.map(({ commands }) => commands)).toEqual([[0], numbers(1, 63)]);
});
