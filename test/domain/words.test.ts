import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NotASearch, parseSearch } from '../../src/domain/searchQuery.ts';
import { plainWordsOf, rangesOf, wordsOf } from '../../src/domain/words.ts';

const textsOf = (text: string) => wordsOf(text).map(({ text }) => text);

/** What a search finds in a text, as it stands there. Undefined: it does not find the text. */
const found = (query: string, text: string): readonly string[] | undefined => {
  const { phrases, excluded } = parseSearch(query);
  const words = wordsOf(text);
  if (excluded.some((phrase) => rangesOf(phrase, words).length > 0)) return undefined;
  const ranges = phrases.map((phrase) => rangesOf(phrase, words));
  if (ranges.some(({ length }) => length === 0)) return undefined;
  return ranges.flat().map(({ from, to }) => text.slice(from, to));
};

describe('the words of a text', () => {
  test.each([
    ['Tea, at FIVE o’clock!', ['tea', 'at', 'five', 'o', 'clock']],
    ['snake_case x2 C++', ['snake_case', 'x2', 'c']],
    ['Zürich straße ÉLÈVE', ['zurich', 'strasse', 'eleve']],
    // Yeh and kaf as Arabic keyboards have them, a joiner, a stretch, vowel marks, digits.
    ['كتابي می‌خواهم سلـام کِتاب ۱۲', ['کتابی', 'میخواهم', 'سلام', 'کتاب', '12']],
    ['你好, ok', ['你', '好', 'ok']],
    ['カタカナ が', ['カ', 'タ', 'カ', 'ナ', 'か\u3099'.normalize('NFC')]],
    ['ไทย', ['ไ', 'ท', 'ย']],
    ['한국어 हिन्दी', ['한국어', 'हिन्दी']],
    ['👍🏽 👩‍💻 🇬🇧', ['👍', '👩💻', '🇬🇧']],
    ['\u3164 …', []],
  ])('%s', (text, words) => {
    expect(textsOf(text)).toEqual(words);
  });

  test('stand where they are in the text', () => {
    const text = 'Ab, é👍日';
    expect(wordsOf(text).map(({ from, to }) => text.slice(from, to))).toEqual(['Ab', 'é', '👍', '日']);
  });

  test('of ASCII alone are the same as of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        expect(plainWordsOf(text)?.map((word) => word.toLowerCase())).toEqual(textsOf(text));
      }),
    );
  });
});

describe('a search finds', () => {
  test.each([
    ['tea', 'Tea or tea', ['Tea', 'tea']],
    ['te', 'Tea', undefined],
    ['tea milk', 'milk in tea', ['tea', 'milk']],
    ['"tea milk"', 'tea, milk', ['tea, milk']],
    ['"tea milk"', 'milk tea', undefined],
    ['apt-get', 'use apt get', ['apt get']],
    ['tea*', 'the teapot', ['teapot']],
    ['"hot tea*"', 'a hot teapot', ['hot teapot']],
    ['tea -milk', 'tea', ['tea']],
    ['tea -milk', 'tea, Milk', undefined],
    ['-"hot tea" tea', 'tea hot', ['tea']],
    ['Note:"hot tea"', 'note: hot tea', ['note: hot tea']],
    ['zurich', 'ZÜRICH', ['ZÜRICH']],
    ['كتاب', 'کتاب', ['کتاب']],
    // A sigma has another form at the end of a word.
    ['ΟΔΟΣ*', 'οδοσήμανση', ['οδοσήμανση']],
    ['کتاب', 'کتاب‌های', undefined],
    ['کتاب*', 'کتاب‌های', ['کتاب‌های']],
    ['你好', '他说你好吗', ['你好']],
    ['好', '他说你好吗', ['好']],
    ['你吗', '他说你好吗', undefined],
    ['iphone手机', '用iPhone手机', ['iPhone手机']],
    ['👍', 'ok 👍🏽', ['👍🏽']],
  ])('%s in %s', (query, text, pieces) => {
    expect(found(query, text)).toEqual(pieces);
  });

  test('a phrase wherever it stands, also over itself, as a look from each word does', () => {
    const word = fc.constantFrom('a', 'ab');
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.array(word, { minLength: 5, maxLength: 20 }),
        (phrase, isPrefix, said) => {
          const words = wordsOf(said.join(' '));
          const last = phrase.length - 1;
          const stands = (at: number): boolean =>
            phrase.every((each, i) =>
              i === last && isPrefix ? words[at + i]?.text.startsWith(each) : words[at + i]?.text === each,
            );
          const wanted = words.flatMap(({ from }, at) => (stands(at) ? [{ from, to: words[at + last]!.to }] : []));
          expect(rangesOf({ words: phrase.map((text) => ({ text, isCharacter: false })), isPrefix }, words)).toEqual(
            wanted,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a long phrase with few looks at it, however often it nearly stands in a text', () => {
    let looks = 0;
    const words = [...'a'.repeat(499), 'b'].map((text) => ({
      isCharacter: false,
      get text() {
        looks++;
        return text;
      },
    }));
    const text = wordsOf('a '.repeat(4000));
    expect(rangesOf({ words, isPrefix: false }, text)).toEqual([]);
    expect(looks).toBeLessThan(4 * (text.length + words.length));
  });

  test('what it is told, by its filters', () => {
    expect(
      parseSearch('tea from:ann from:@bob in:lobby has:file is:pinned before:2026-02-01 after:2026-01-01'),
    ).toMatchObject({
      from: ['ann', '@bob'],
      in: ['lobby'],
      has: ['file'],
      isPinned: true,
      before: '2026-02-01T00:00:00.000Z',
      after: '2026-01-01T00:00:00.000Z',
      phrases: [{ words: [{ text: 'tea', isCharacter: false }], isPrefix: false }],
    });
    expect(parseSearch('From:Ann IN:lobby Has:LINK has:File IS:Pinned BEFORE:2026-02-01')).toEqual(
      parseSearch('from:Ann in:lobby has:link has:file is:pinned before:2026-02-01'),
    );
    expect(parseSearch('https://example.org/x')).toMatchObject({ from: [], phrases: [{ isPrefix: false }] });
  });

  test.each([
    'te*',
    '-tea',
    '...',
    'before:2026-02-01',
    'tea before:soon',
    'tea after:2026-99-01',
    'tea before:2026-02-30',
    'has:love',
    'is:x',
    'IS:foo',
    'tea -from:ann',
    'tea -Has:link',
    'a '.repeat(21),
  ])('nothing, and says why, for %s', (query) => {
    expect(() => parseSearch(query)).toThrow(NotASearch);
  });

  test('something to look for in any text, or says why not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (typed) => {
        try {
          parseSearch(typed);
        } catch (error) {
          expect(error).toBeInstanceOf(NotASearch);
        }
      }),
    );
  });
});
