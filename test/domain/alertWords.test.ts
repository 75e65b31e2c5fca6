// Which words a text has, and which an account may choose.

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
