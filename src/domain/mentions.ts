// Whom a text calls: `@name`, `@everyone` and `@here`, outside code. Who the names belong to is found elsewhere.

import { LIMITS } from './limits.ts';

export interface Called {
  /** Of each name in the text, what it may be: with what follows it, or without. The longest first. */
  readonly names: readonly (readonly string[])[];
  readonly everyone: boolean;
  readonly here: boolean;
}

/** Names of one text at most; those after them are plain text. */
export const MOST_NAMES = 50;
/** Letters of all that these may be, as Unicode writes them out: one sign may stand for a whole sentence. No usual text has more. */
const MOST_LETTERS = 3 * LIMITS.text;
/** UTF-16 units of the longest username, and some punctuation. */
const LONGEST = 2 * LIMITS.username + 20;

/** Not in words, e-mail addresses and addresses of pages; a backtick stands for code that was left out, and ends a name. */
const AT = /(?<![\p{L}\p{N}\p{M}_+=/@-])@([^\s@`]+)(?=(@?))/gu;
const WORD = '[\\p{L}\\p{N}\\p{M}_]';
const ENDS_IN_WORD = new RegExp(`${WORD}$`, 'u');
const PUNCTUATION_AFTER = /(?<=^|[\p{L}\p{N}\p{M}_])[^\p{L}\p{N}\p{M}_]+$/u;
/** Dots and hyphens within belong to the name, an apostrophe does not. */
const FIRST_PART = new RegExp(`^${WORD}+(?:[._-]+${WORD}+)*`, 'u');

const BACKTICKS = /`+/g;
/** A line that begins with so many opens a block, which may have no end. */
const FENCE = 3;

const beginsLine = (text: string, at: number): boolean =>
  /^ {0,3}$/.test(text.slice(text.lastIndexOf('\n', at - 1) + 1, at));

/** Code lies between two rows of backticks of the same length (CommonMark 0.31, 6.1), or from a fence on. */
const withoutCode = (text: string): string => {
  if (!text.includes('`')) return text;
  const rows = [...text.matchAll(BACKTICKS)].map(({ 0: { length }, index }) => ({ length, index }));
  /** By length, the place of the last row: a row after it closes nothing. */
  const last = new Map(rows.map(({ length }, i) => [length, i]));
  let [kept, from] = ['', 0];
  for (let i = 0; i < rows.length; i++) {
    const { length, index } = rows[i]!;
    const isClosed = last.get(length)! > i;
    if (!isClosed && (length < FENCE || !beginsLine(text, index))) continue;
    kept += `${text.slice(from, index)}\``;
    if (!isClosed) return kept;
    do i++;
    while (rows[i]!.length !== length);
    from = rows[i]!.index + length;
  }
  return kept + text.slice(from);
};

const readingsOf = (found: string): readonly string[] => {
  const token = found.slice(0, LONGEST);
  const readings = [found, token.replace(PUNCTUATION_AFTER, ''), FIRST_PART.exec(token)?.[0] ?? ''];
  return [...new Set(readings)].filter(({ length }) => length > 0 && length <= LONGEST);
};

export const calledIn = (text: string): Called => {
  const names = new Map<string, readonly string[]>();
  let [everyone, here, letters] = [false, false, 0];
  for (const [, found = '', at] of withoutCode(text).matchAll(AT)) {
    // `@ann@example.org` is an address in another network.
    if (at === '@' && ENDS_IN_WORD.test(found)) continue;
    const readings = readingsOf(found);
    const calls = readings.map((reading) => reading.toLowerCase());
    if (calls.includes('everyone')) everyone = true;
    else if (calls.includes('here')) here = true;
    else if (names.size < MOST_NAMES && letters <= MOST_LETTERS) {
      letters += readings.join('').normalize('NFKC').length;
      if (letters <= MOST_LETTERS) names.set(found, readings);
    }
  }
  return { names: [...names.values()], everyone, here };
};
