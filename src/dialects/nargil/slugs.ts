// Words for paths, made of names in Persian letters.

import { digest } from '../../domain/ids.ts';

/** One Latin text a letter, as the original writes them; any other letter beyond ASCII vanishes. */
const LETTERS: Readonly<Record<string, string>> = {
  ا: 'a',
  ب: 'b',
  پ: 'p',
  ت: 't',
  ث: 's',
  ج: 'j',
  چ: 'ch',
  ح: 'h',
  خ: 'kh',
  د: 'd',
  ذ: 'z',
  ر: 'r',
  ز: 'z',
  س: 's',
  ش: 'sh',
  ص: 's',
  ض: 'z',
  ط: 't',
  ظ: 'z',
  ع: 'a',
  غ: 'gh',
  ف: 'f',
  ق: 'gh',
  ک: 'k',
  گ: 'g',
  ل: 'l',
  م: 'm',
  ن: 'n',
  و: 'v',
  ه: 'h',
  ی: 'y',
  ئ: 'y',
};

export const MAX_SLUG = 100;

/** What a path of a group takes. */
export const isSlug = (text: string): boolean => /^[-\w]{1,100}$/.test(text);

const toSlug = (text: string): string =>
  [...text]
    .map((letter) => LETTERS[letter] ?? letter)
    .join('')
    .replace(/[^-\w]/g, '')
    .slice(0, MAX_SLUG);

/** The slug of a new group: the one sent, else one made of the name; always one that a path can hold. */
export const slugFor = (name: string, sent: string): string =>
  toSlug(sent) || toSlug(name) || `group_${digest(name).toString('hex').slice(0, 12)}`;
