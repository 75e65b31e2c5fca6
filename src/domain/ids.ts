// UUIDs: new ones in the order of time, derived ones always the same for the same parts.

import { hash, randomUUID } from 'node:crypto';

/** Overwrites the bits of `bytes` that a UUID has for its version and variant. */
const format = (bytes: Buffer, version: number): string => {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** A UUID of version 7 (RFC 9562): `time` in its first 48 bits, `random` (at least 10 bytes) in the rest. */
export const timedId = (time: Date, random: Uint8Array): string => {
  const bytes = Buffer.alloc(16);
  const millis = time.getTime();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(millis / 2 ** (8 * (5 - i))) & 0xff;
  bytes.set(random.subarray(0, 10), 6);
  return format(bytes, 7);
};

export const digest = (...parts: readonly (string | number)[]): Buffer =>
  hash('sha256', JSON.stringify(parts), 'buffer');

/** A UUID of version 8 that is a function of `parts` alone. */
export const derivedId = (...parts: readonly (string | number)[]): string =>
  format(digest(...parts).subarray(0, 16), 8);

/** A source of new ids (version 7) in the order of `now`. */
export const idSource = (now: () => Date) => (): string => {
  const time = now().getTime().toString(16).padStart(12, '0');
  // After the digit of the version, ids of version 4 and 7 have the same random digits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
};

/** The id of the direct chat of two users, the same from either side. */
export const directChatId = (one: string, other: string): string =>
  one < other ? derivedId('direct', one, other) : derivedId('direct', other, one);
