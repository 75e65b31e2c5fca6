// The key that signs what others must be able to check without the server: seals of the log, manifests of exports, certificates
// of erasures. Ed25519, derived from the secret of the server.

import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import * as errors from 'jose/errors';
import { CompactSign } from 'jose/jws/compact/sign';
import { compactVerify } from 'jose/jws/compact/verify';
import { deriveKey } from './signedToken.ts';

/** The `typ` of each kind, which is signed too: so no kind passes for another. */
const TYPES = {
  seal: 'verbatim-seal+jws',
  manifest: 'verbatim-manifest+jws',
  certificate: 'verbatim-erasure+jwt',
} as const;
export type Kind = keyof typeof TYPES;

const ALGORITHM = 'EdDSA';
/** What precedes the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A public key. `kid`: its thumbprint (RFC 7638). `x`: its 32 bytes. Both in base64url. */
export interface PublicKey {
  readonly kid: string;
  readonly x: string;
}

const thumbprintOf = (x: string): string =>
  hash('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url');

export const jwkOf = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x }) as const;

export type SigningKey = ReturnType<typeof createSigningKey>;

/** `secret`: the first one of the server. */
export const createSigningKey = (secret: Uint8Array) => {
  const der = Buffer.concat([PKCS8, deriveKey(secret, 'seal')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const x = createPublicKey(key).export({ format: 'jwk' }).x!;
  const kid = thumbprintOf(x);
  return {
    kid,
    x,
    /** @returns a compact JWS (RFC 7515) */
    sign: (kind: Kind, payload: string): Promise<string> =>
      new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPES[kind] }).sign(key),
  };
};

export type Verifier = ReturnType<typeof createVerifier>;

/** What a key signed. */
export interface Signed {
  readonly payload: string;
  readonly kid: string;
}

/** Checks signatures by the public keys that it knows. */
export const createVerifier = () => {
  const keys = new Map<string, KeyObject>();
  return {
    /** @returns false: it is not the key that the thumbprint names */
    add: ({ kid, x }: PublicKey): boolean => {
      if (thumbprintOf(x) !== kid) return false;
      try {
        keys.set(kid, createPublicKey({ key: jwkOf(x), format: 'jwk' }));
        return true;
      } catch {
        return false;
      }
    },
    /** Undefined: none of the keys signed this, or as something of another kind. */
    read: async (kind: Kind, jws: string): Promise<Signed | undefined> => {
      const keyOf = ({ kid = '' }: { kid?: string }): KeyObject => {
        const key = keys.get(kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key;
      };
      try {
        const { payload, protectedHeader } = await compactVerify(jws, keyOf, { algorithms: [ALGORITHM] });
        const { typ, kid } = protectedHeader;
        return typ === TYPES[kind] ? { payload: Buffer.from(payload).toString(), kid: kid! } : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
};
