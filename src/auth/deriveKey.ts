// Derives one key per purpose from the secret: a token made for one purpose is worthless for another.

import { hkdfSync } from 'node:crypto';

/** 32 bytes by HKDF-SHA256 (RFC 5869). The same secret and purpose give the same key. */
export const deriveKey = (secret: Uint8Array, purpose: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `verbatim ${purpose} v1`, 32));
