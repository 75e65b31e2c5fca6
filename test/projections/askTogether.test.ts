// Those who ask the views at the same time are answered together.

import { expect, test } from 'vitest';
import { askTogether } from '../../src/projections/askTogether.ts';

/** Answers each question with its ids in capitals, once it is let go. */
const slowly = () => {
  const asked: (readonly string[])[] = [];
  const open: (() => void)[] = [];
  const ask = askTogether(async (ids: readonly string[]) => {
    asked.push(ids);
    await new Promise<void>((resolve) => open.push(resolve));
    if (ids.includes('bad')) throw new Error('away');
    return new Map(ids.filter((id) => id !== 'missing').map((id) => [id, id.toUpperCase()]));
  });
  return { ask, asked, answer: () => open.shift()?.() };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('who asks while a question is under way shares the next one, which is put after they came', async () => {
  const { ask, asked, answer } = slowly();
  const first = ask('a');
  const others = [ask('b'), ask('missing'), ask('c')];
  expect(asked).toEqual([['a']]);
  answer();
  expect(await first).toBe('A');
  await turn();
  expect(asked).toEqual([['a'], ['b', 'missing', 'c']]);
  answer();
  expect(await Promise.all(others)).toEqual(['B', undefined, 'C']);
});

test('a failure is told to those whose question it was, and the next are asked for', async () => {
  const { ask, answer } = slowly();
  const failing = ask('bad');
  const next = ask('good');
  answer();
  await expect(failing).rejects.toThrow('away');
  await turn();
  answer();
  expect(await next).toBe('GOOD');
});

test('one question is for 500 ids at most', async () => {
  const { ask, asked, answer } = slowly();
  const all = Array.from({ length: 702 }, (_, i) => ask(`id${i}`));
  for (let i = 0; i < 3; i++) {
    answer();
    await turn();
  }
  expect((await Promise.all(all)).at(-1)).toBe('ID701');
  expect(asked.map(({ length }) => length)).toEqual([1, 500, 201]);
});
