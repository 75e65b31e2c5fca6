// S17: two usernames that look the same are the same, or one of them is refused.

import { describe, expect, test } from 'vitest';
import { username } from '../../src/commands/fields.ts';
import { isBlank } from '../../src/domain/limits.ts';
import { canonical, isConfusable } from '../../src/domain/names.ts';

/** What keeps a username from standing beside `admin` and `file`, which others have. */
const keptOut = (name: string): 'taken' | 'refused' | undefined => {
  if (!username.safeParse(name).success || isConfusable(name)) return 'refused';
  return ['admin', 'file', 'zoë'].includes(canonical('username', name)) ? 'taken' : undefined;
};

describe('a username that looks like another', () => {
  test.each([
    ['in capitals', 'Admin'],
    ['in wide letters', 'ａｄｍｉｎ'],
    ['with a ligature', 'ﬁle'],
    ['with its accent apart', 'zoe\u0308'],
    ['with its accent on the letter', 'zo\u00eb'],
    ['in a script of mathematics', '\u{1d41a}dmin'],
  ])('%s is taken', (_, name) => {
    expect(keptOut(name)).toBe('taken');
  });

  test.each([
    ['with a space after it', 'admin '],
    ['with a space of another width', '\u2003admin'],
    ['with a Cyrillic letter', '\u0430dmin'],
    ['with a Greek letter', 'adm\u03b9n'],
    ['with an Armenian letter', 'admi\u0578'],
    ['with a Cherokee letter', '\uab87dmin'],
    ['of Cyrillic and Greek letters', '\u0430\u03bf'],
    ['written from the right', '\u202eadmin'],
    ['with a space of no width', 'ad\u200bmin'],
    ['with a joiner', 'admin\u200d'],
    ['with a joiner of accents', 'admin\u034f'],
    ['with a selector of variants', 'admin\ufe0f'],
    ['with a letter of Hangul that fills a place', 'admin\u3164'],
    ['with an empty cell of Braille', 'admin\u2800'],
    ['with a tag that nobody sees', 'admin\u{e0061}'],
    ['with a NUL', 'admin\0'],
    ['with a line feed', 'admin\n'],
    ['with half a character', 'admin\ud800'],
  ])('%s is refused', (_, name) => {
    expect(keptOut(name)).toBe('refused');
  });

  test('is fine in any one script, and where Latin letters stand beside others that nobody takes for them', () => {
    for (const name of ['анна', 'Ἄννα', 'علی', '安娜ann', 'あんann', 'ann 2', 'ann@example.org', "o'hara"])
      expect([name, keptOut(name)]).toEqual([name, undefined]);
  });
});

test('a name without a visible character is blank', () => {
  for (const name of ['', ' ', '\n\t', '\u200b\u2060', '\u3164', '\u034f\ufe0f', '\u2800'])
    expect(isBlank(name)).toBe(true);
  for (const name of ['.', '👍', 'سلام', '❤\ufe0f']) expect(isBlank(name)).toBe(false);
});
