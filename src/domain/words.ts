// The words of a text, as searches compare them. A script without spaces has a word for each character.

import { searchable } from './names.ts';
import { withAsciiDigits } from './phones.ts';
import { INVISIBLE } from './texts.ts';

export interface Word {
  /** Without letter case, accents and invisible characters. */
  readonly text: string;
  /** Where it stands in the text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** One character of a script without spaces between words. */
  readonly isCharacter: boolean;
}

/** Scripts that put no spaces between words. */
const UNSPACED = ['Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');

const CHARACTER = `(?=[\\p{L}\\p{N}])[${UNSPACED}][\\p{M}${INVISIBLE}]*`;
const LETTERS = `(?![${UNSPACED}])[\\p{L}\\p{N}_](?:(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}_${INVISIBLE}])*`;
const PICTURE = '\\p{Extended_Pictographic}[\\p{M}\\p{Emoji_Modifier}]*';
const EMOJI = `\\p{RI}\\p{RI}|${PICTURE}(?:\\u200d${PICTURE})*`;

const WORDS = new RegExp(`(${CHARACTER})|${LETTERS}|${EMOJI}`, 'gu');

/** Accents and points over letters, in Latin, Greek, Cyrillic, Hebrew and Arabic, the stretch of Arabic, and colours of skin. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed\p{Emoji_Modifier}]/gu;
const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORDS = /\w+/g;

export const folded = (word: string): string =>
  ASCII.test(word)
    ? word.toLowerCase()
    : withAsciiDigits(searchable(word)).normalize('NFKD').replace(ACCENTS, '').normalize('NFC');

/** In the order of the text. */
export const wordsOf = (text: string, fold = folded): readonly Word[] => {
  const words: Word[] = [];
  for (const { 0: found, 1: character, index: from } of text.matchAll(WORDS)) {
    const word = fold(found);
    if (word !== '') words.push({ text: word, from, to: from + found.length, isCharacter: character !== undefined });
  }
  return words;
};

/** As they stand in a text of ASCII alone, which has words of letters only. Undefined: it has other characters. */
export const plainWordsOf = (text: string): readonly string[] | undefined =>
  ASCII.test(text) ? (text.match(ASCII_WORDS) ?? []) : undefined;

/** What a search looks for: words that follow each other. */
export interface Phrase {
  readonly words: readonly Pick<Word, 'text' | 'isCharacter'>[];
  /** The last word may go on. */
  readonly isPrefix: boolean;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

type Words = Phrase['words'];

/**
 * How many words from the beginning of `words` a text ends with after `word`, if it ended with `count` of them before. `borders`: the
 * failure function of Knuth, Morris and Pratt.
 */
const grown = (words: Words, borders: readonly number[], count: number, word: string): number => {
  let found = count;
  while (found > 0 && words[found]?.text !== word) found = borders[found - 1]!;
  return words[found]?.text === word ? found + 1 : found;
};

const bordersOf = (words: Words): readonly number[] => {
  const borders: number[] = [];
  for (const [at, { text }] of words.entries())
    borders.push(at === 0 ? 0 : grown(words, borders, borders[at - 1]!, text));
  return borders;
};

/**
 * Where the phrase stands in a text, also where one place overlaps with another. It looks at each word a few times, however often
 * both repeat themselves: whoever searches may have written both.
 */
export const rangesOf = ({ words, isPrefix }: Phrase, text: readonly Word[]): readonly Range[] => {
  const first = words.slice(0, -1);
  const last = words.at(-1)?.text;
  if (last === undefined) return [];
  const isLast = (word: string): boolean => (isPrefix ? word.startsWith(last) : word === last);
  const borders = bordersOf(first);
  const ranges: Range[] = [];
  let before = 0;
  for (const [at, { text: word, to }] of text.entries()) {
    if (before === first.length && isLast(word)) ranges.push({ from: text[at - before]!.from, to });
    before = grown(first, borders, before, word);
  }
  return ranges;
};
