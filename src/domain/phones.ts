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

/** As people write and copy it: with spaces, brackets, dashes, dots and slashes, and `tel:` before it. */
const PHONE = /^(?:tel:)?[\s(]*\+?(?:[\s().\p{Pd}\u2212/]*\d){3,}[\s().\p{Pd}\u2212/]*$/iu;

export const isPhone = (text: string): boolean => PHONE.test(withAsciiDigits(text));

/** `+` and the digits of an international number (E.164), or else the digits as they are. Other texts stay themselves. */
export const canonicalPhone = (typed: string): string => {
  const text = withAsciiDigits(typed);
  if (!PHONE.test(text)) return typed;
  const number = text.replace(/[^\d+]/g, '').replace(/^00/, '+');
  return number.startsWith('+') ? (parse(number)?.number ?? number) : number;
};
