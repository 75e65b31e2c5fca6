// A change of secrets: the first one makes, all of them verify, and each kind of proof can have secrets of its own.

import { expect, test } from 'vitest';
import { type Roots, rootsOf, secretsOf } from '../../src/auth/secret.ts';
import { createTokens } from '../../src/auth/tokens.ts';

const OLD = Buffer.alloc(32, 'the old secret');
const NEW = Buffer.alloc(32, 'the new secret');
const noon = new Date('2026-03-01T12:00:00.000Z');
const ada = { userId: '3f0c6f1e-58f5-4d6e-9b55-0a1d0c3b7a11', sessionId: 'b6a1d2c4-0d53-4b86-8f0e-6f4f0d7f8a22' };

const tokensOf = (roots: Roots) => createTokens({ roots, now: () => noon, newId: () => 'one' });
type Tokens = Awaited<ReturnType<typeof tokensOf>>;

/** What `one` makes. */
const madeBy = async (one: Tokens) => ({
  access: await one.access({ ...ada, number: 5, generation: 1 }, noon),
  refresh: one.refresh(ada.sessionId, 1),
  ticket: await one.ticket({ userId: ada.userId }, noon),
  key: one.key(ada.userId, 1),
  fingerprint: one.fingerprint({ text: 'hi' }),
  mark: one.mark('a file'),
});

/** The kinds of what was made that count at `one`. */
const countedBy = async (one: Tokens, made: Awaited<ReturnType<typeof madeBy>>) => {
  const counts = {
    access: (await one.verifyAccess(made.access)) !== undefined,
    refresh: one.readRefresh(made.refresh) !== undefined,
    ticket: (await one.verifyTicket(made.ticket)) !== undefined,
    key: one.keyHashed(ada.userId, 1, one.keyHash(made.key)) === made.key,
    fingerprint: one.fingerprints({ text: 'hi' }).includes(made.fingerprint),
    mark: one.isMark(made.mark, 'a file'),
  };
  return Object.entries(counts).flatMap(([kind, does]) => (does ? kind : []));
};

const ALL = ['access', 'refresh', 'ticket', 'key', 'fingerprint', 'mark'];

test('what the old secret made counts as long as it stands behind the new one, and no longer', async () => {
  const [before, during, after] = await Promise.all(
    [[OLD], [NEW, OLD], [NEW]].map((all) => tokensOf(rootsOf(all as [Buffer]))),
  );
  const made = await madeBy(before!);
  expect(await countedBy(during!, made)).toEqual(ALL);
  expect(await countedBy(after!, made)).toEqual([]);
});

test('from then on the new secret makes everything', async () => {
  const [during, after] = await Promise.all([tokensOf(rootsOf([NEW, OLD])), tokensOf(rootsOf([NEW]))]);
  expect(await madeBy(during)).toEqual(await madeBy(after));
  expect(await countedBy(await tokensOf(rootsOf([OLD])), await madeBy(during))).toEqual([]);
});

test.each([
  ['tokens', ['access', 'refresh', 'ticket']],
  ['keys', ['key']],
  ['fingerprints', ['fingerprint']],
  ['marks', ['mark']],
] as const)('the root of %s changes without the others', async (root, ended) => {
  const made = await madeBy(await tokensOf(rootsOf([OLD])));
  const changed = await tokensOf({ ...rootsOf([OLD]), [root]: [NEW] });
  expect(await countedBy(changed, made)).toEqual(ALL.filter((kind) => !(ended as readonly string[]).includes(kind)));
});

test('the secrets of a setting or a file are apart by commas or lines, and each is long enough', () => {
  const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
  const texts = (given: string) => secretsOf(given).map((secret) => Buffer.from(secret).toString());
  expect(texts(`${a}, ${b}`)).toEqual([a, b]);
  expect(texts(`${a}\r\n${b}\n`)).toEqual([a, b]);
  expect(texts(` ${a} ,${a},\n`)).toEqual([a]);
  for (const bad of ['', ',', `${a},short`, `${a},${'x'.repeat(1025)}`]) expect(() => secretsOf(bad)).toThrow('bytes');
  const many = Array.from({ length: 11 }, (_, i) => `${i}`.padStart(32, 'x'));
  expect(() => secretsOf(many.join())).toThrow('at most 10');
});
