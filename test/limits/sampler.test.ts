import { expect, test } from 'vitest';
import { createSampler } from '../../src/limits/sampler.ts';

test('of lines that are alike one comes every ten seconds, with the number of those left out', () => {
  let time = 0;
  const sample = createSampler(() => time);
  expect([sample('a'), sample('a'), sample('a'), sample('b')]).toEqual([1, undefined, undefined, 1]);
  time = 9999;
  expect(sample('a')).toBeUndefined();
  time = 10_000;
  expect([sample('a'), sample('a'), sample('b')]).toEqual([4, undefined, 1]);
});
