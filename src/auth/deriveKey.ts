// One key a purpose, from the one secret: what is made for one purpose is worth nothing for another.

import { hkdfSync } from 'node:crypto';

/** 32 bytes by HKDF-SHA256 (RFC 5869), the same for the same secret and purpose. */
export const deriveKey = (secret: Uint8Array, purpose: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `verbatim ${purpose} v1`, 32));
