// Signs certificates of erasures, with a key derived from the first secret. Each carries its public key, so that it can be
// checked when the secrets are others.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { SignJWT } from 'jose/jwt/sign';
import type { Secrets } from './secret.ts';
import { deriveKey } from './signedToken.ts';

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export type Certificates = Awaited<ReturnType<typeof createCertificates>>;

export const createCertificates = async ([secret]: Secrets) => {
  const der = Buffer.concat([PKCS8, deriveKey(secret, 'certificates')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { kty, crv, x } = createPublicKey(key).export({ format: 'jwk' });
  const jwk = { kty: kty!, crv: crv!, x: x! };
  const kid = await calculateJwkThumbprint(jwk);
  return {
    /** A signed JWT: JWS by EdDSA, in its compact form. */
    sign: (claims: { readonly [claim: string]: unknown }, at: Date): Promise<string> =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'erasure-certificate+jwt', kid, jwk })
        .setIssuer('verbatim')
        .setIssuedAt(at)
        .sign(key),
  };
};
