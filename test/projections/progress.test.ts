// How far the views are, as a process knows it that projects and asks.

import { expect, test } from 'vitest';
import { createProgress } from '../../src/projections/progress.ts';

test('an answer of the views that comes late takes nothing back', async () => {
  const answer = Promise.withResolvers<number>();
  const progress = createProgress({ poll: { checkpoint: () => answer.promise, interval: 1 } });
  progress.advance(0);
  const reached = progress.reached(2, 1000);
  progress.advance(3);
  expect(await reached).toBe(true);
  answer.resolve(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(progress.position).toBe(3);
});

test('who keeps the views itself waits for its own projector, and is told nothing else', async () => {
  const asked = Promise.withResolvers<void>();
  const checkpoint = async (): Promise<undefined> => asked.resolve() as undefined;
  const progress = createProgress({ poll: { checkpoint, interval: 1 } });
  progress.advance(1);
  const reached = progress.reached(2, 1000);
  await asked.promise;
  expect(progress.position).toBe(1);
  progress.advance(2);
  expect(await reached).toBe(true);
});

test('nobody waits for views that are away, until they answer again', async () => {
  const progress = createProgress();
  progress.advance(1);
  const waiting = progress.reached(2, 60_000);
  progress.lost();
  expect(await waiting).toBe(false);
  expect(await progress.reached(2, 60_000)).toBe(false);
  progress.advance(2);
  expect(await progress.reached(2, 60_000)).toBe(true);
});

test('nobody waits for views that stand still for good, until somebody else brings them further', async () => {
  const progress = createProgress();
  progress.advance(1);
  const waiting = progress.reached(2, 60_000);
  progress.halted();
  expect(await waiting).toBe(false);
  expect(await progress.reached(2, 60_000)).toBe(false);
  // They answer still, and have come no further.
  progress.advance(1);
  expect(await progress.reached(2, 60_000)).toBe(false);
  expect(progress.isAway).toBe(true);
  progress.advance(2);
  expect(progress.isAway).toBe(false);
  expect(await progress.reached(2, 0)).toBe(true);
});
