// Phone numbers, compared however they are typed.

import { createRequire } from 'node:module';
import { withoutInvisible } from './texts.ts';

// Loaded when the first international number comes: its table takes longer to load than many modules together.
const load = createRequire(import.meta.url);
const parse = (number: string) =>
  (load('libphonenumber-js/min') as typeof import('libphonenumber-js/min')).parsePhoneNumberFromString(number);

/** Arabic, Persian, full-width and other digits as ASCII digits: in Unicode, each kind of digits is ten in a row. */
export const withAsciiDigits = (text: string): string =>
  withoutInvisible(text.normalize('NFKC')).replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    let zero = code;
    while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });

/** What people write and copy around the digits: spaces, brackets, dashes, dots and slashes, and `tel:` before them. */
const SIGNS = /^(?:tel:)?[\d+\s().\p{Pd}\u2212/]*$/iu;

/** The digits of a phone number, with the `+` before them; undefined: the text is none. */
const numberIn = (text: string): string | undefined => {
  const ascii = withAsciiDigits(text);
  const number = SIGNS.test(ascii) ? ascii.replace(/[^\d+]/g, '') : '';
  return /^\+?\d{3,}$/.test(number) ? number.replace(/^00/, '+') : undefined;
};

export const isPhone = (text: string): boolean => numberIn(text) !== undefined;

/** `+` and the digits of an international number (E.164), or else the digits as they are. Other texts stay themselves. */
export const canonicalPhone = (typed: string): string => {
  const number = numberIn(typed);
  return (number?.startsWith('+') ? parse(number)?.number : number) ?? number ?? typed;
};
