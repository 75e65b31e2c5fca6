// Verifies tokens (JWT) of an outside sign-on, signed with a shared secret or with published keys.

import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

export interface OutsideIssuerOptions {
  /** For HS256. */
  readonly secret?: string | undefined;
  /** Address of a JSON Web Key Set, for asymmetric algorithms. */
  readonly jwksUrl?: string | undefined;
  readonly now: () => Date;
}

export interface OutsideIssuer {
  /** The claims of a token that is valid now; undefined for anything else. @throws IssuerAway */
  read(token: string): Promise<JWTPayload | undefined>;
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
const FETCH_TIMEOUT = 5000;
const FETCH_EVERY = 30_000;

export const createOutsideIssuer = ({ secret, jwksUrl, now }: OutsideIssuerOptions): OutsideIssuer => {
  const bytes = secret === undefined ? undefined : new TextEncoder().encode(secret);
  const keys =
    jwksUrl === undefined
      ? undefined
      : createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: FETCH_TIMEOUT, cooldownDuration: FETCH_EVERY });

  const read = async (token: string, key: Uint8Array | JWTVerifyGetKey, algorithms: string[]) => {
    const options = { algorithms, currentDate: now() };
    try {
      const { payload } = await (typeof key === 'function'
        ? jwtVerify(token, key, options)
        : jwtVerify(token, key, options));
      return payload;
    } catch (error) {
      if (isAway(error)) throw new IssuerAway('the keys of the outside sign-on could not be fetched', { cause: error });
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  return {
    read: async (token) => {
      if (token.length > TOKEN_LIMIT || !COMPACT.test(token)) return undefined;
      const bySecret = bytes && (await read(token, bytes, WITH_SECRET));
      return bySecret ?? (keys && read(token, keys, WITH_KEYS));
    },
  };
};

/** jose reports a failed fetch by its time-out error, by its base error, or by the error of `fetch`. */
const isAway = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
  (error instanceof TypeError && error.message === 'fetch failed');
