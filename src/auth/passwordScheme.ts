// Turns a password into the stored string: `v1$` and a bcrypt string of its keyed SHA-384. Pure.

import { createHmac } from 'node:crypto';
import { spelling } from '../domain/password.ts';

const SCHEME = 'v1$';
// bcrypt refuses costs below 4; above 15 it takes seconds.
const STORED = /^v1\$(\$2b\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53})$/;

export const COSTS = { least: 4, most: 15 } as const;

/** A job for a worker: hash `input`, compare it with each of `hashes` until one matches, or say if `password` is common. */
export type PasswordJob =
  | { readonly password: string }
  | { readonly input: string; readonly cost: number }
  | { readonly input: string; readonly hashes: readonly string[] };

/**
 * The input of bcrypt, which ignores everything after 72 bytes or a NUL: so it gets a digest of 64 characters, in which
 * every byte of the password counts. Because of the label, plain SHA-384 digests leaked elsewhere are useless here.
 */
export const bcryptInput = (password: string): string =>
  createHmac('sha384', 'verbatim password v1').update(spelling(password)).digest('base64');

export const storedOf = (bcryptString: string): string => SCHEME + bcryptString;

/** The bcrypt string in a stored hash, and its cost; undefined if the hash has another scheme. */
const readStored = (stored: string) => {
  const match = STORED.exec(stored);
  return match === null ? undefined : { bcrypt: match[1]!, cost: Number(match[2]) };
};

/** A well-formed bcrypt string that matches no known password: comparing with it takes as long as with a real one. */
const dummy = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/**
 * The comparisons of one sign-in: a wrong password always takes 2^cost rounds. Dummies fill up what a hash of a lower
 * cost lacks (2^8 + 2^8 + 2^9 = 2^10), so that the time does not reveal old accounts either.
 * `known`: the first hash is a real one.
 */
export const comparisons = (stored: string | undefined, cost: number) => {
  const read = readStored(stored ?? '');
  if (read === undefined) return { known: false, hashes: [dummy(cost)] };
  const lacking = Array.from({ length: Math.max(0, cost - read.cost) }, (_, index) => dummy(read.cost + index));
  return { known: true, hashes: [read.bcrypt, ...lacking] };
};

/** Does the stored hash have another scheme, or a lower cost than `cost`? */
export const isOutdated = (stored: string, cost: number): boolean => (readStored(stored)?.cost ?? 0) < cost;
