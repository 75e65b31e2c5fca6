// Verifies tokens (JWT) of an outside sign-on, signed with a shared secret or with published keys.

import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import * as errors from 'jose/errors';
import { createRemoteJWKSet } from 'jose/jwks/remote';
import { jwtVerify } from 'jose/jwt/verify';

interface Options {
  /** For HS256. */
  readonly secret?: string | undefined;
  /** Address of a JSON Web Key Set, for asymmetric algorithms. */
  readonly jwksUrl?: string | undefined;
  readonly now: () => Date;
}

/** The issuer's keys could not be fetched: the token may or may not be valid. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway';
}

/** Each kind of key has its own algorithms: a public key must never serve as an HMAC secret. */
const WITH_SECRET = ['HS256'];
const WITH_KEYS = ['RS256', 'ES256', 'EdDSA'];

const TOKEN_LIMIT = 8192;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Milliseconds: time-out of one fetch of the keys, and pause before the next fetch for an unknown key. */
const FETCH = { timeoutDuration: 5000, cooldownDuration: 30_000 };

/** jose reports a failed fetch by its time-out error, by its base error, or by the error of `fetch`. */
const isAway = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
  (error instanceof TypeError && error.message === 'fetch failed');

export const createOutsideIssuer = ({ secret, jwksUrl, now }: Options) => {
  const bytes = secret === undefined ? undefined : new TextEncoder().encode(secret);
  const keys = jwksUrl === undefined ? undefined : createRemoteJWKSet(new URL(jwksUrl), FETCH);

  const verify = async (token: string, key: Uint8Array | JWTVerifyGetKey, algorithms: string[]) => {
    // jose has one signature for a key and another for a function that finds it.
    const find = typeof key === 'function' ? key : () => key;
    try {
      return (await jwtVerify(token, find, { algorithms, currentDate: now() })).payload;
    } catch (error) {
      if (isAway(error)) throw new IssuerAway('the keys of the outside sign-on could not be fetched', { cause: error });
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  return {
    /** The claims of a token that is valid now; undefined for anything else. @throws IssuerAway */
    read: async (token: string): Promise<JWTPayload | undefined> => {
      if (token.length > TOKEN_LIMIT || !COMPACT.test(token)) return undefined;
      const bySecret = bytes && (await verify(token, bytes, WITH_SECRET));
      return bySecret ?? (keys && verify(token, keys, WITH_KEYS));
    },
  };
};
