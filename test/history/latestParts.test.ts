// What was opened lately is not opened again, is bounded, and is forgotten with its key.

import { expect, test } from 'vitest';
import { createLatestParts } from '../../src/history/latestParts.ts';
import type { Secret } from '../../src/store/ports.ts';

const secretsOf = (...ids: readonly string[]): readonly Secret[] => ids.map((id) => ({ id, secret: `of ${id}` }));

const opening = () => {
  const latest = createLatestParts();
  const asked: string[] = [];
  const open = latest.openWith(async (secrets) => {
    asked.push(...secrets.map(({ id }) => id));
    return secrets.map(({ id }) => (id === 'closed' ? null : `part ${id}`));
  });
  return { latest, open, asked };
};

test('what was opened or kept is not opened again, and each part stands in its place', async () => {
  const { latest, open, asked } = opening();
  latest.keep('b', 'part b');
  expect(await open(secretsOf('a', 'b', 'c'))).toEqual(['part a', 'part b', 'part c']);
  expect(await open(secretsOf('c', 'closed', 'a'))).toEqual(['part c', null, 'part a']);
  expect(asked).toEqual(['a', 'c', 'closed']);
});

test('of many parts only the latest stay', async () => {
  const { latest, open, asked } = opening();
  latest.keep('first', 'long ago');
  for (let i = 0; i < 100; i++) latest.keep(String(i), 'x'.repeat(100_000));
  expect(await open(secretsOf('first', '99'))).toEqual(['part first', 'x'.repeat(100_000)]);
  expect(asked).toEqual(['first']);
});

test('nothing stays of a part whose key is destroyed, not even while it is being opened', async () => {
  const { latest, open, asked } = opening();
  const reading = open(secretsOf('a'));
  latest.forget();
  await reading;
  await open(secretsOf('a'));
  expect(asked).toEqual(['a', 'a']);
  latest.forget();
  await open(secretsOf('a'));
  expect(asked).toEqual(['a', 'a', 'a']);
});
