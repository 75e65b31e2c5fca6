// Which words a text has, and which an account may choose.

import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { chooseAlertWords, folded, wordFinder } from '../../src/domain/alertWords.ts';
import { users } from '../../src/domain/user.ts';
import { ann, event, given, userNamed } from '../support/scenario.ts';

const has = (text: string, word: string): boolean => wordFinder(folded(text))(folded(word));

describe('a text has a word', () => {
  test.each([
    ['The deploy is done', 'deploy'],
    ['DEPLOY!', 'deploy'],
    ['Verbatim’s log, (verbatim)', 'verbatim'],
    ['un café crème', 'CAFE'],
    ['un cafe', 'café'],
    ['redeploy, then deploy', 'deploy'],
    ['release  of\tMay', 'release of may'],
    ['我说你好吗', '你好'],
    ['سلامٌ عليكم', 'سلام'],
    ['كتاب', 'کتاب'],
    ['ship it 🚀 now', '🚀'],
    ['C++ and C#', 'c++'],
    ['STRASSE', 'straße'],
  ])('%j has %j', (text, word) => {
    expect(has(text, word)).toBe(true);
  });
  test.each([
    ['redeployed', 'deploy'],
    ['deploy2', 'deploy'],
    ['a_deploy', 'deploy'],
    ['über-deployment', 'deploy'],
    ['我说你好吗', '说你'],
    ['', 'deploy'],
    ['éa', 'e'],
  ])('%j does not have %j', (text, word) => {
    expect(has(text, word)).toBe(false);
  });
});

test('a text that looks like fifty words at all its places is looked at for each only where words begin or end', () => {
  const text = 'a'.repeat(8000);
  const words = Array.from({ length: 50 }, (_, i) => 'a'.repeat(i + 1));
  const looks = vi.spyOn(String.prototype, 'indexOf');
  onTestFinished(() => looks.mockRestore());
  const find = wordFinder(text);
  const found = words.filter(find);
  expect(looks.mock.contexts.filter((looked) => String(looked) === text)).toHaveLength(2 * words.length);
  expect(found).toEqual([]);
});

/** Looks at every place where the word stands. */
const slowly = (text: string, word: string): boolean => {
  const starts = [...new Intl.Segmenter('en', { granularity: 'word' }).segment(text)].map(({ index }) => index);
  const isInWord = (letter: string | undefined): boolean => letter !== undefined && /[\p{L}\p{N}\p{M}_]/u.test(letter);
  const isBoundary = (at: number): boolean => {
    const [before] = [...text.slice(0, at)].slice(-1);
    return !isInWord(before) || !isInWord([...text.slice(at)][0]) || starts.includes(at);
  };
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (isBoundary(at) && isBoundary(at + word.length)) return true;
  return false;
};

test('any text has the words that a look at each of its places finds', () => {
  const letters = fc.constantFrom('a', 'b', ' ', '.', '_', '1', 'é', '你', '好', 'か', 'ไ', 'ท', '👍');
  const text = fc.array(letters, { maxLength: 15 }).map((all) => all.join(''));
  const word = fc.array(letters, { minLength: 1, maxLength: 3 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, word, (text, word) => {
      expect(wordFinder(text)(word)).toBe(slowly(text, word));
    }),
    { numRuns: 1000 },
  );
});

describe('an account chooses its words', () => {
  const registered = userNamed(ann, 'ann');
  const chosen = event('AlertWordsChosen', { userId: ann, words: ['Deploy', 'café'] });
  test('each once, as it wrote them', () => {
    given(users)
      .when(() => chooseAlertWords(registered, ['Deploy', 'café', 'deploy', 'CAFE']))
      .then(chosen);
  });
  test('the same words are nothing new, and none are a choice too', () => {
    const known = { ...registered, alertWords: ['Deploy', 'café'] };
    expect(chooseAlertWords(known, ['Deploy', 'café'])).toEqual([]);
    expect(chooseAlertWords(known, [])).toEqual([event('AlertWordsChosen', { userId: ann, words: [] })]);
  });
  test.each([
    ['\u0301', 'text-blank'],
    [' ', 'text-blank'],
    ['two\nlines', 'text-not-one-line'],
    ['x'.repeat(51), 'text-too-long'],
  ])('but not %j', (word, code) => {
    expect(() => chooseAlertWords(registered, [word])).toThrow(code);
  });
});
