// UUIDs: new ones in the order of time, derived ones always the same for the same parts.

import { hash, randomFillSync } from 'node:crypto';

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

const BLOCK = 512;
/** Random hexadecimal digits of an id. Of one of them, the variant leaves two bits. */
const DIGITS = 20;

/** A source of new ids in the order of `now`. It draws randomness in blocks, since one request needs many ids. */
export const idSource = (now: () => Date): (() => string) => {
  const block = Buffer.alloc((BLOCK * DIGITS) / 2);
  let digits = '';
  let at = 0;
  let millis = -1;
  let time = '';
  return () => {
    const present = now().getTime();
    if (present !== millis) {
      millis = present;
      const text = present.toString(16).padStart(12, '0');
      time = `${text.slice(0, 8)}-${text.slice(8)}-7`;
    }
    if (at === digits.length) {
      digits = randomFillSync(block).toString('hex');
      at = 0;
    }
    const random = digits.slice(at, at + DIGITS);
    at += DIGITS;
    const variant = '89ab'[Number.parseInt(random[0]!, 16) & 3]!;
    return `${time}${random.slice(1, 4)}-${variant}${random.slice(4, 7)}-${random.slice(8)}`;
  };
};

/** The id of the direct chat of two users, whoever starts it. */
export const directChatId = (one: string, other: string): string =>
  one < other ? derivedId('direct', one, other) : derivedId('direct', other, one);
