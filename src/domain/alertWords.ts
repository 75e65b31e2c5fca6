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

/** Where in a text a word may begin or end: a 1 at each of these places. */
const boundariesIn = (text: string): Uint8Array => {
  const boundaries = new Uint8Array(text.length + 1);
  let [at, wasInWord] = [0, false];
  for (const letter of text) {
    const isInWord = IN_WORD.test(letter);
    if (!wasInWord || !isInWord) boundaries[at] = 1;
    wasInWord = isInWord;
    at += letter.length;
  }
  boundaries[at] = 1;
  // Scripts without spaces.
  if (!ASCII.test(text)) for (const { index } of byWords.segment(text)) boundaries[index] = 1;
  return boundaries;
};

/** Has the text this word as a whole one? Both are folded. */
export const wordFinder = (text: string): ((word: string) => boolean) => {
  const known = new Map<string, boolean>();
  let boundaries: Uint8Array | undefined;
  const find = (word: string): boolean => {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at)) {
      boundaries ??= boundariesIn(text);
      if (boundaries[at] === 1 && boundaries[at + word.length] === 1) return true;
      // A text may be one word in which this one stands thousands of times.
      do at++;
      while (boundaries[at] === 0);
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
