// Signs what leaves the server, so that anyone can check later who made it: Ed25519, by a key that derives from the secret.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { FlattenedSign } from 'jose/jws/flattened/sign';
import { flattenedVerify } from 'jose/jws/flattened/verify';
import { importJWK } from 'jose/key/import';
import type { Secrets } from './secret.ts';
import { deriveKey } from './signedToken.ts';

/** Before the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const keyOf = (secret: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, deriveKey(secret, 'signature')]), format: 'der', type: 'pkcs8' });

/** `protected`: the header, with the public key and its id. The payload is not in it (RFC 7515, appendix F). */
export interface Signature {
  readonly protected: string;
  readonly signature: string;
}

export const sign = async (payload: string, [secret]: Secrets): Promise<Signature & { readonly keyId: string }> => {
  const key = keyOf(secret);
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const keyId = await calculateJwkThumbprint(jwk);
  const signed = await new FlattenedSign(Buffer.from(payload))
    .setProtectedHeader({ alg: 'EdDSA', kid: keyId, jwk })
    .sign(key);
  return { protected: signed.protected!, signature: signed.signature, keyId };
};

/** The id of the key that signed: the thumbprint (RFC 7638) of the public key. @throws Error it did not sign this payload */
export const signerOf = async (payload: string, { protected: header, signature }: Signature): Promise<string> => {
  const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const key = await importJWK(jwk, 'EdDSA');
  const encoded = Buffer.from(payload).toString('base64url');
  await flattenedVerify({ protected: header, signature, payload: encoded }, key, { algorithms: ['EdDSA'] });
  return calculateJwkThumbprint(jwk);
};
