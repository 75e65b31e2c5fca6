// Passwords that are guessed first: the words many people take (in the JSON file beside this one), as they are or with the
// usual digits behind; rows of the keyboard; and what counts or repeats.

import words from './commonPasswords.json' with { type: 'json' };

const known: ReadonlySet<string> = new Set(words);

const TAILS = /(?:1|2|7|01|11|12|13|21|22|23|69|99|123|321|1234|12345|123456)?!?$/;

/** `abcdefgh`, `87654321`, `aaaaaaaa`: every step alike. */
const isRun = (text: string): boolean => {
  const step = text.charCodeAt(1) - text.charCodeAt(0);
  if (Math.abs(step) > 1) return false;
  for (let i = 1; i < text.length; i++) if (text.charCodeAt(i) - text.charCodeAt(i - 1) !== step) return false;
  return true;
};

/** From 1 up, with a zero after the nine. */
const isCount = (text: string): boolean => '12345678901234567890'.startsWith(text);

export const isCommonPassword = (password: string): boolean => {
  const text = password.trim().toLowerCase();
  if (text === '') return false;
  return known.has(text) || known.has(text.replace(TAILS, '')) || isCount(text) || (text.length > 1 && isRun(text));
};
