// Marks of the addresses where accounts were signed in: they tell a known address from a new one, and nobody without the
// secret can find an address by its mark.

import { createMacs } from './macs.ts';
import type { Secrets } from './secret.ts';

/** Bytes of a mark. */
const BYTES = 8;

/** `place`: an account and its network. */
export type MarksOf = (place: string) => readonly string[];

/** Returns the marks that a place may have, one by each secret: the first is that of a new one. */
export const createPlaceMarks = (secrets: Secrets): MarksOf => {
  const macs = createMacs(secrets, 'place');
  return (place) => macs(place).map((mac) => mac.subarray(0, BYTES).toString('base64url'));
};
