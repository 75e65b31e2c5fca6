// How far the views are, as a process knows it that projects and asks.

import { expect, test } from 'vitest';
import { createProgress } from '../../src/projections/progress.ts';

test('an answer of the views that comes late takes nothing back', async () => {
  const answer = Promise.withResolvers<number>();
  const progress = createProgress({ checkpoint: () => answer.promise, interval: 1 });
  const reached = progress.reached(2, 1000);
  progress.advance(3);
  expect(await reached).toBe(true);
  answer.resolve(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(progress.position).toBe(3);
});
