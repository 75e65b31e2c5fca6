// Long work gives way to requests.

import { expect, test } from 'vitest';
import { createPace } from '../../src/projections/pace.ts';

/** A work of so many steps; `step` and `others` are milliseconds. Tells how long it rested after each. */
const restsOf = async (steps: number, step: number, others: number): Promise<readonly (number | null)[]> => {
  let now = 0;
  const rests: (number | null)[] = [];
  const rest = createPace({
    now: () => now,
    nextTurn: async () => {
      rests.push(null);
      now += others;
    },
    delay: async (milliseconds) => void rests.push(milliseconds),
  });
  for (let i = 0; i < steps; i++) {
    now += step;
    await rest();
  }
  return rests;
};

test('work lets others have their turn after each millisecond, and goes on at once if they have little to do', async () => {
  expect(await restsOf(4, 0.5, 0.1)).toEqual([null, null]);
  expect(await restsOf(2, 3, 0.1)).toEqual([null, null]);
});

test('while others are busy, it rests four times as long as it worked', async () => {
  expect(await restsOf(2, 2, 1)).toEqual([null, 8, null, 8]);
  // Most of a second was others' work.
  expect(await restsOf(1, 1000, 1)).toEqual([null, 100]);
});
