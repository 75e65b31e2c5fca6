// The key that signs the seals of the log: Ed25519, derived from the secret of the server. Whoever has its public half and nothing
// else of ours can check a seal.

import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import * as errors from 'jose/errors';
import { CompactSign } from 'jose/jws/compact/sign';
import { compactVerify } from 'jose/jws/compact/verify';
import { deriveKey } from './signedToken.ts';

const TYPE = 'verbatim-seal+jws';
const ALGORITHM = 'EdDSA';
/** What precedes the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What a seal says, and signs. */
export interface SealClaim {
  readonly logId: string;
  /** Events that it covers: the first so many of the log. */
  readonly size: number;
  /** Of the Merkle tree over them, in base64url. */
  readonly root: string;
  /** ISO time. */
  readonly at: string;
}

/** The thumbprint of a public key (RFC 7638), in base64url. */
const thumbprintOf = (x: string): string =>
  hash('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url');

/** `x`: 32 bytes in base64url. */
export const jwkOf = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x }) as const;

export type SealKey = ReturnType<typeof createSealKey>;

export const createSealKey = (secret: Uint8Array) => {
  const der = Buffer.concat([PKCS8, deriveKey(secret, 'seal')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const x = createPublicKey(key).export({ format: 'jwk' }).x!;
  const kid = thumbprintOf(x);
  return {
    kid,
    x,
    sign: ({ logId, size, root, at }: SealClaim): Promise<string> =>
      new CompactSign(Buffer.from(JSON.stringify({ logId, size, root, at })))
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
        .sign(key),
  };
};

/** Checks seals against public keys, which their thumbprints name. */
export const createSealVerifier = () => {
  const keys = new Map<string, KeyObject>();
  return {
    /** @returns false: it is not the key that the thumbprint names */
    add: (kid: string, x: string): boolean => {
      if (thumbprintOf(x) !== kid) return false;
      try {
        keys.set(kid, createPublicKey({ key: jwkOf(x), format: 'jwk' }));
        return true;
      } catch {
        return false;
      }
    },
    /** Whether the key that it names signed just this. */
    isGood: async (claim: SealClaim & { readonly kid: string; readonly jws: string }): Promise<boolean> => {
      const key = keys.get(claim.kid);
      if (key === undefined) return false;
      try {
        const { payload } = await compactVerify(claim.jws, key, { algorithms: [ALGORITHM] });
        const { logId, size, root, at } = JSON.parse(Buffer.from(payload).toString()) as SealClaim;
        return logId === claim.logId && size === claim.size && root === claim.root && at === claim.at;
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof SyntaxError) return false;
        throw error;
      }
    },
  };
};
