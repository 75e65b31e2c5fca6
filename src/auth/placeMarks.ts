// Marks of the addresses where accounts were signed in: they tell a known address from a new one, and nobody without the
// secret can find an address by its mark.

import { createHmac, createSecretKey } from 'node:crypto';
import type { Secrets } from './secret.ts';
import { deriveKey } from './signedToken.ts';

/** Bytes of a mark. */
const BYTES = 8;

/** `place`: an account and its network. */
export type MarksOf = (place: string) => readonly string[];

/** Returns the marks that a place may have, one by each secret: the first is that of a new one. */
export const createPlaceMarks = (secrets: Secrets): MarksOf => {
  const keys = secrets.map((secret) => createSecretKey(deriveKey(secret, 'place')));
  return (place) =>
    keys.map((key) => createHmac('sha256', key).update(place).digest().subarray(0, BYTES).toString('base64url'));
};
