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

/** By place in the text, whether a word may begin or end there: 1 or 0. */
const boundariesIn = (text: string): Uint8Array => {
  const found = new Uint8Array(text.length + 1);
  found[0] = 1;
  found[text.length] = 1;
  let at = 0;
  for (const char of text) {
    const end = at + char.length;
    if (!IN_WORD.test(char)) found[at] = found[end] = 1;
    at = end;
  }
  // Scripts without spaces.
  if (!ASCII.test(text)) for (const { index } of byWords.segment(text)) found[index] = 1;
  return found;
};

/**
 * Has the text this word as a whole one? Both are folded. The text is taken apart once, and each word is looked for only where
 * one may begin: pushes to everybody wait for this, and a text may look like fifty words at all its places.
 */
export const wordFinder = (text: string): ((word: string) => boolean) => {
  const known = new Map<string, boolean>();
  let boundaries: Uint8Array | undefined;
  const find = (word: string): boolean => {
    for (let from = 0; from >= 0; ) {
      const at = text.indexOf(word, from);
      if (at < 0) return false;
      boundaries ??= boundariesIn(text);
      if (boundaries[at] === 1 && boundaries[at + word.length] === 1) return true;
      from = boundaries.indexOf(1, at + 1);
    }
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
