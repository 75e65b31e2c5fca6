// Encrypts the private part of one event, and opens it again: AES-256-GCM, bound to the event by its id.

import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Nonces made at once: asking the system for each costs more than the cipher. */
const NONCES = 256;
const nonces = Buffer.alloc(NONCES * NONCE_BYTES);
let used = NONCES;

const nextNonce = (): Buffer => {
  if (used === NONCES) {
    randomFillSync(nonces);
    used = 0;
  }
  const at = used++ * NONCE_BYTES;
  return nonces.subarray(at, at + NONCE_BYTES);
};

/**
 * Node takes a key as text without looking for a key object in it, which costs more than the cipher: by exceptions for bytes,
 * and by a native object for a key object.
 */
const AS_TEXT = { encoding: 'latin1', authTagLength: TAG_BYTES } as const;
const textOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');

/** Nonce, ciphertext and tag, as base64url. `id`: of the event. */
export const encrypt = (text: string, key: Uint8Array, id: string): string => {
  const nonce = nextNonce();
  const cipher = createCipheriv(ALGORITHM, textOf(key), nonce, AS_TEXT).setAAD(Buffer.from(id));
  const ciphertext = cipher.update(text, 'utf8');
  cipher.final();
  // `Buffer.concat` would take as long as all of this.
  const whole = Buffer.allocUnsafe(NONCE_BYTES + ciphertext.length + TAG_BYTES);
  whole.set(nonce);
  whole.set(ciphertext, NONCE_BYTES);
  whole.set(cipher.getAuthTag(), NONCE_BYTES + ciphertext.length);
  return whole.toString('base64url');
};

/** Undefined: what was encrypted is not this, or it was under another key or id. */
export const decrypt = (encrypted: string, key: Uint8Array, id: string): string | undefined => {
  const bytes = Buffer.from(encrypted, 'base64url');
  try {
    const decipher = createDecipheriv(ALGORITHM, textOf(key), bytes.subarray(0, NONCE_BYTES), AS_TEXT);
    decipher.setAAD(Buffer.from(id));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    decipher.final();
    return text.toString('utf8');
  } catch {
    return undefined;
  }
};

/** The key of a part that needs two: without either one, the other tells nothing of it. */
export const combined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const both = new Uint8Array(one.length);
  for (let i = 0; i < both.length; i++) both[i] = one[i]! ^ other[i]!;
  return both;
};
