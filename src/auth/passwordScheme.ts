// How a password becomes the string that is kept: `v1$` and a bcrypt string of its keyed SHA-384. Pure.

import { createHmac } from 'node:crypto';

const SCHEME = 'v1$';
// Costs outside 4 to 15 bcrypt does not know, or would take seconds for.
const STORED = /^v1\$(\$2b\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53})$/;

export const COSTS = { least: 4, most: 15 } as const;

/** One piece of work for a worker: hash `input`, or compare it with each of `hashes` until the first one matches. */
export type PasswordJob =
  | { readonly input: string; readonly cost: number }
  | { readonly input: string; readonly hashes: readonly string[] };

/**
 * What bcrypt is given: it stops at 72 bytes and at a NUL, so it gets a digest of 64 characters, to which every byte
 * of the password counts. The label keeps plain SHA-384 digests leaked elsewhere from being tried against ours. NFC, as
 * RFC 8265 (4.2) asks, because keyboards differ in how they compose the same letter.
 */
export const bcryptInput = (password: string): string =>
  createHmac('sha384', 'verbatim password v1').update(password.normalize('NFC')).digest('base64');

export const storedOf = (bcryptString: string): string => SCHEME + bcryptString;

/** The bcrypt string in a stored hash and its cost; undefined for one of another scheme. */
const readStored = (stored: string): { readonly bcrypt: string; readonly cost: number } | undefined => {
  const match = STORED.exec(stored);
  return match === null ? undefined : { bcrypt: match[1]!, cost: Number(match[2]) };
};

/** A well-formed bcrypt string that no known password made: comparing with it costs as much as with a true one. */
const dummy = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/**
 * The comparisons a sign-in makes: always 2^cost rounds when the password is wrong. A hash of a lower cost is followed
 * by dummies for what it lacks (2^8 + 2^8 + 2^9 = 2^10), so that old accounts are not told apart either.
 * `known` says whether the first is a true one.
 */
export const comparisons = (
  stored: string | undefined,
  cost: number,
): { readonly known: boolean; readonly hashes: readonly string[] } => {
  const read = stored === undefined ? undefined : readStored(stored);
  if (read === undefined) return { known: false, hashes: [dummy(cost)] };
  const lacking = Array.from({ length: Math.max(0, cost - read.cost) }, (_, index) => dummy(read.cost + index));
  return { known: true, hashes: [read.bcrypt, ...lacking] };
};

/** Whether a stored hash is of another scheme or a lower cost than `cost`. */
export const isOutdated = (stored: string, cost: number): boolean => {
  const read = readStored(stored);
  return read === undefined || read.cost < cost;
};
