// Identities: UUIDs, new ones in the order of time, derived ones always the same for the same parts.

import { createHash, randomFillSync } from 'node:crypto';

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

const format = (bytes: Uint8Array, version: number): string => {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const text = hex(bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
};

/** A UUID of version 7 (RFC 9562): `time` in its first 48 bits, `random` (at least 10 bytes) in the rest. */
export const timedId = (time: Date, random: Uint8Array): string => {
  const bytes = new Uint8Array(16);
  const millis = time.getTime();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(millis / 2 ** (8 * (5 - i))) & 0xff;
  bytes.set(random.subarray(0, 10), 6);
  return format(bytes, 7);
};

export const digest = (...parts: readonly (string | number)[]): Buffer =>
  createHash('sha256').update(JSON.stringify(parts)).digest();

/** A UUID of version 8 that is a function of `parts` alone. */
export const derivedId = (...parts: readonly (string | number)[]): string =>
  format(new Uint8Array(digest(...parts).subarray(0, 16)), 8);

/** A source of new ids in the order of `now`. Randomness is drawn in blocks: one call to the system for many ids. */
export const idSource = (now: () => Date): (() => string) => {
  const block = new Uint8Array(10 * 512);
  let at = block.length;
  return () => {
    if (at === block.length) {
      randomFillSync(block);
      at = 0;
    }
    at += 10;
    return timedId(now(), block.subarray(at - 10, at));
  };
};

/** The id of the direct chat of two users, whoever starts it. */
export const directChatId = (one: string, other: string): string =>
  one < other ? derivedId('direct', one, other) : derivedId('direct', other, one);
