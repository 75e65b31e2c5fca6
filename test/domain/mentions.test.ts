// Which names a text has.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import { calledIn, MOST_NAMES } from '../../src/domain/mentions.ts';

const best = (text: string): readonly string[] => calledIn(text).names.map((readings) => readings.at(-1)!);

describe('a name is called', () => {
  test.each<[text: string, ...names: string[]]>([
    ['@ann', 'ann'],
    ['Hello @ann and @ben.', 'ann', 'ben'],
    ['(@ann), "@ben"!', 'ann', 'ben'],
    ["@ann’s turn, @ben's too", 'ann', 'ben'],
    ['@ann,@ben', 'ann', 'ben'],
    ['Hi!@ann', 'ann'],
    ['سلام @علی، چطوری؟', 'علی'],
    ['你好,@小明。', '小明'],
    ['@ann-lee @ann.lee @ann_lee', 'ann-lee', 'ann.lee', 'ann_lee'],
    ['@Zoë\u0301!', 'Zoë\u0301'],
    ['`code` @ann `more`', 'ann'],
    ['a single ` and @ann', 'ann'],
    ['here ``` is no fence, @ann', 'ann'],
  ])('in %j', (text, ...names) => {
    expect(best(text)).toEqual(names);
  });
});

describe('nobody is called', () => {
  test.each([
    'ann@example.org',
    'first.last+tag@ann',
    'a_@ann',
    '@ann@example.org',
    'https://example.org/@ann',
    '`@ann`',
    '``a ` @ann``',
    'text\n```\n@ann\n```',
    '```js\n@ann',
    '  ```\n@ann',
    '@',
    '@ ann',
    '@@',
    '@...',
  ])('in %j', (text) => {
    // A reading of signs alone is nobody's name, but it could be one.
    expect(
      calledIn(text)
        .names.flat()
        .filter((name) => /\p{L}/u.test(name)),
    ).toEqual([]);
  });
});

test('the whole comes before its parts: a name may end in what others read as punctuation', () => {
  expect(calledIn('@ann.! x').names).toEqual([['ann.!', 'ann']]);
  expect(calledIn('@ann/lee, x').names).toEqual([['ann/lee,', 'ann/lee', 'ann']]);
});

test('signs that stand for whole sentences cost no more than letters do', () => {
  const name = (i: number): string => 'ﷺ'.repeat(149) + i;
  const many = Array.from({ length: MOST_NAMES }, (_, i) => name(i % 10) + 'x'.repeat(Math.floor(i / 10)));
  const { names, everyone } = calledIn(`${many.map((each) => `@${each}`).join(' ')} @everyone`);
  expect(names[0]).toEqual([name(0)]);
  expect(names.flat().join('').normalize('NFKC').length).toBeLessThanOrEqual(3 * LIMITS.text);
  expect(everyone).toBe(true);
  const usual = Array.from({ length: MOST_NAMES }, (_, i) => `${'é'.repeat(148)}${i}`.slice(0, 150));
  expect(calledIn(usual.map((each) => `(@${each})!`).join(' ')).names).toHaveLength(MOST_NAMES);
});

test('everyone and here are no names', () => {
  expect(calledIn('@everyone, @Here!')).toEqual({ names: [], everyone: true, here: true });
  expect(calledIn('@everyone-else')).toMatchObject({ everyone: false, names: [['everyone-else']] });
  expect(calledIn('`@everyone` and mail@here')).toEqual({ names: [], everyone: false, here: false });
});

test(`a text has at most ${MOST_NAMES} names, each once`, () => {
  const names = Array.from({ length: 60 }, (_, i) => `n${i}`);
  const text = ['@n0', ...names.map((name) => `@${name}`)].join(' ');
  expect(best(text)).toEqual(names.slice(0, MOST_NAMES));
  expect(calledIn(`${text} @everyone`).everyone).toBe(true);
});

/** Microseconds of the processor that it takes: not of the clock, since others use the processor too. */
const costOf = (texts: readonly string[]): number => {
  const before = process.cpuUsage();
  for (const text of texts) calledIn(text);
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const PIECES = 64;
const ROUNDS = 30;

/**
 * A whole text costs about as much as its pieces if each character is read a few times, and 64 times as much if each is
 * read once for every other. The least of some rounds counts: the compiler and the garbage collector only add to a cost.
 */
const isLinear = (text: string): boolean => {
  const size = Math.ceil(text.length / PIECES);
  const pieces = Array.from({ length: PIECES }, (_, i) => text.slice(i * size, (i + 1) * size));
  let [whole, inPieces] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    inPieces = Math.min(inPieces, costOf(pieces));
    whole = Math.min(whole, costOf([text]));
    if (whole < inPieces * Math.sqrt(PIECES)) return true;
  }
  return false;
};

test('twice the text is no more than twice the work, however it is made', () => {
  const parts = ['@', '`', '``', '```', 'a', '!', '.', '-', '\n', ' ', '\u0301'];
  const pairs = parts.flatMap((one) => parts.map((other) => (one + other).repeat(4000).slice(0, 8000)));
  const repeated = pairs.flatMap((text) => [`@${text}a`, `@${text}!`]);
  const rising = Array.from({ length: 120 }, (_, i) => '`'.repeat(i + 1)).join(' ');
  for (const text of [...repeated, rising]) expect(isLinear(text), text.slice(0, 10)).toBe(true);
});

test('whatever is said, a name is in the text behind an @, and code has none', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('@', 'ann', '`', '``', '\n', ' ', '.', '@ben ', 'x@y'), { maxLength: 30 }),
      (parts) => {
        const text = parts.join('');
        for (const name of calledIn(text).names.flat()) expect(text).toContain(`@${name}`);
        // No row in the text is as long, so nothing closes it.
        expect(calledIn(`${'`'.repeat(61)}\n${text}`).names).toEqual([]);
      },
    ),
  );
});
