import { KEY_BYTES, type KeyPlace } from '../ports.ts';

/** The block with zeros in place of a key. */
export const withoutKey = (keys: Uint8Array | undefined, { slot }: KeyPlace): Uint8Array => {
  const end = (slot + 1) * KEY_BYTES;
  const left = new Uint8Array(Math.max(keys?.length ?? 0, end));
  if (keys) left.set(keys);
  return left.fill(0, slot * KEY_BYTES, end);
};
