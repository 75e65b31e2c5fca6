// Words that an account wants to be told of.

import type { Events } from './events.ts';
import { checkTexts } from './limits.ts';
import { searchable } from './names.ts';
import { Refused } from './refused.ts';
import { registered, type User } from './user.ts';

export const MOST_WORDS = 50;

const MARKS = /[\p{Diacritic}&&\p{M}]/gv;
const ASCII = /^[\0-\x7f]*$/;

/** Letter case, diacritics, Unicode form and the width of spaces do not matter. */
export const folded = (text: string): string =>
  ASCII.test(text)
    ? text.toLowerCase().replace(/\s+/g, ' ').trim()
    : searchable(text).normalize('NFD').replace(MARKS, '').normalize('NFC');

const byWords = new Intl.Segmenter('en', { granularity: 'word' });
const IN_WORD = /[\p{L}\p{N}\p{M}_]/u;

const isBoundary = (text: string, at: number, segments: () => Intl.Segments): boolean => {
  if (at === 0 || at === text.length) return true;
  const before = [...text.slice(Math.max(0, at - 2), at)].at(-1)!;
  const after = String.fromCodePoint(text.codePointAt(at)!);
  if (!IN_WORD.test(before) || !IN_WORD.test(after)) return true;
  // Scripts without spaces.
  return segments().containing(at)?.index === at;
};

/** Has the text this word as a whole one? Both are folded. */
export const wordFinder = (text: string): ((word: string) => boolean) => {
  const known = new Map<string, boolean>();
  let segments: Intl.Segments | undefined;
  const segmented = () => {
    segments ??= byWords.segment(text);
    return segments;
  };
  const find = (word: string): boolean => {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
      if (isBoundary(text, at, segmented) && isBoundary(text, at + word.length, segmented)) return true;
    return false;
  };
  return (word) => {
    const has = known.get(word) ?? find(word);
    known.set(word, has);
    return has;
  };
};

const sameWords = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((word, i) => word === other[i]);

/** Of words that are alike, the first counts. */
export const chooseAlertWords = (user: User, chosen: readonly string[]): Events => {
  const { userId, alertWords } = registered(user);
  for (const word of chosen) {
    checkTexts({ words: word });
    if (folded(word) === '') throw new Refused('text-blank', 'words');
  }
  const words = [...Map.groupBy(chosen, folded).values()].map(([first]) => first!);
  return sameWords(words, alertWords) ? [] : [{ type: 'AlertWordsChosen', data: { userId, words } }];
};
