// Phone numbers, compared however they are typed.

import { createRequire } from 'node:module';

// Loaded when the first international number comes: its table takes longer to load than many modules together.
const load = createRequire(import.meta.url);
const parse = (number: string) =>
  (load('libphonenumber-js/min') as typeof import('libphonenumber-js/min')).parsePhoneNumberFromString(number);

/** Arabic, Persian, full-width and other digits as ASCII digits: in Unicode, each kind of digits is ten in a row. */
const asciiDigits = (text: string): string =>
  text.normalize('NFKC').replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    let zero = code;
    while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });

/** `+` and the digits of an international number (E.164), or else the digits as they are. */
export const canonicalPhone = (typed: string): string => {
  const text = asciiDigits(typed).trim();
  const digits = text.replace(/^00/, '+').replace(/[^\d+]/g, '');
  if (!digits.startsWith('+')) return digits;
  // The text as typed: `(0)` is no part of an international number.
  return parse(text.replace(/^00/, '+'))?.number ?? digits;
};
