// Those who ask the views at the same time are answered together.

import { expect, test } from 'vitest';
import { askTogether } from '../../../src/store/shared/askTogether.ts';

/** Answers each question with its ids in capitals, once it is let go. */
const slowly = () => {
  const asked: (readonly string[])[] = [];
  const open: (() => void)[] = [];
  const ask = askTogether(async (ids: readonly string[]) => {
    asked.push(ids);
    await new Promise<void>((resolve) => open.push(resolve));
    if (ids.includes('bad')) throw new Error('away');
    return new Map(ids.filter((id) => id !== 'missing').map((id) => [id, id.toUpperCase()]));
  }, 500);
  /** What each of `ids` was found to be. */
  const find = async (...ids: string[]) => {
    const found = await ask(ids);
    return ids.map((id) => found.get(id));
  };
  return { find, asked, answer: () => open.shift()?.() };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('who asks while a question is under way shares the next one, which is put after they came', async () => {
  const { find, asked, answer } = slowly();
  const first = find('a');
  await turn();
  const others = [find('b', 'c'), find('missing'), find('c', 'd')];
  expect(asked).toEqual([['a']]);
  answer();
  expect(await first).toEqual(['A']);
  await turn();
  expect(asked).toEqual([['a'], ['b', 'c', 'missing', 'd']]);
  answer();
  expect(await Promise.all(others)).toEqual([['B', 'C'], [undefined], ['C', 'D']]);
});

test('callers of one turn of the event loop share one question', async () => {
  const { find, asked, answer } = slowly();
  const all = [find('a'), Promise.resolve().then(() => find('b'))];
  await turn();
  expect(asked).toEqual([['a', 'b']]);
  answer();
  expect(await Promise.all(all)).toEqual([['A'], ['B']]);
});

test('a failure is told to those whose question it was, and the next are asked for', async () => {
  const { find, answer } = slowly();
  const failing = find('bad');
  await turn();
  const next = find('good');
  answer();
  await expect(failing).rejects.toThrow('away');
  await turn();
  answer();
  expect(await next).toEqual(['GOOD']);
});

test('one question is for 500 ids at most, unless one who asks wants more', async () => {
  const { find, asked, answer } = slowly();
  const many = Array.from({ length: 600 }, (_, i) => `many${i}`);
  const all = [...Array.from({ length: 702 }, (_, i) => find(`id${i}`)), find(...many)];
  for (let i = 0; i < 4; i++) {
    await turn();
    answer();
  }
  expect((await Promise.all(all)).at(-1)).toEqual(many.map((id) => id.toUpperCase()));
  expect(asked.map(({ length }) => length)).toEqual([500, 202, 600]);
});

test('questions without parts are all the same', async () => {
  const asked: PromiseWithResolvers<number>[] = [];
  const ask = askTogether(() => {
    const question = Promise.withResolvers<number>();
    asked.push(question);
    return question.promise;
  });
  const first = ask();
  await turn();
  const [second, third] = [ask(), ask()];
  expect(asked).toHaveLength(1);
  asked[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  const fourth = ask();
  asked[1]?.resolve(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await turn();
  asked[2]?.resolve(3);
  expect(await fourth).toBe(3);
});
