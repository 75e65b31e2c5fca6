// Proofs by HMAC-SHA256 that this server made a text.

import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Secrets } from './secret.ts';
import { deriveKey } from './signedToken.ts';

/** The MACs of a text by each secret, the newest first. */
export const createMacs = (secrets: Secrets, purpose: string): ((text: string) => [Buffer, ...Buffer[]]) => {
  const keys = secrets.map((secret) => createSecretKey(deriveKey(secret, purpose)));
  return (text) => keys.map((key) => createHmac('sha256', key).update(text).digest()) as [Buffer, ...Buffer[]];
};

/** Constant-time comparison of two ASCII strings. */
export const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
