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
  /** The `iss` and `aud` that tokens must have. Undefined: any. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly now: () => Date;
}

/** The issuer's keys could not be fetched: the token may or may not be valid. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway';
}

/** Each kind of key has its own algorithms: a public key must never serve as an HMAC secret. */
const WITH_SECRET = ['HS256'];
const WITH_KEYS = ['RS256', 'ES256', 'Ed25519', 'EdDSA'];

const TOKEN_LIMIT = 8192;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Seconds by which the issuer's clock may differ from ours. */
const TOLERANCE = 60;
/** Milliseconds: time-out of one fetch of the keys, and pause before the next fetch for an unknown key. */
const FETCH = { timeoutDuration: 5000, cooldownDuration: 30_000 };

/** jose reports a failed fetch by its time-out error, by its base error, or by the error of `fetch`. */
const isAway = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
  (error instanceof TypeError && error.message === 'fetch failed');

export interface OutsideToken {
  /** JSON, as the issuer wrote it. */
  readonly claims: string;
  /** Seconds since 1970, by the issuer's clock; 0 for a token that does not say it. */
  readonly issuedAt: number;
  readonly expiresAt: Date;
}

/** Undefined for a token without an end, and for times that no honest token has. */
const timesIn = ({ iat = 0, exp = Number.NaN }: JWTPayload, now: Date): Omit<OutsideToken, 'claims'> | undefined => {
  const expiresAt = new Date((exp + TOLERANCE) * 1000);
  // A token from the future would outlive a log-out.
  if (Number.isNaN(expiresAt.getTime()) || !(iat >= 0 && iat * 1000 <= now.getTime() + TOLERANCE * 1000))
    return undefined;
  return { issuedAt: Math.floor(iat), expiresAt };
};

export const createOutsideIssuer = ({ secret, jwksUrl, issuer, audience, now }: Options) => {
  const bytes = secret === undefined ? undefined : new TextEncoder().encode(secret);
  const keys = jwksUrl === undefined ? undefined : createRemoteJWKSet(new URL(jwksUrl), FETCH);

  const rules = {
    clockTolerance: TOLERANCE,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };

  const verify = async (token: string, key: Uint8Array | JWTVerifyGetKey, algorithms: string[]) => {
    // jose has one signature for a key and another for a function that finds it.
    const find = typeof key === 'function' ? key : () => key;
    try {
      return (await jwtVerify(token, find, { ...rules, algorithms, currentDate: now() })).payload;
    } catch (error) {
      if (isAway(error)) throw new IssuerAway('the keys of the outside sign-on could not be fetched', { cause: error });
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  return {
    /** A token that is valid now; undefined for anything else. @throws IssuerAway */
    read: async (token: string): Promise<OutsideToken | undefined> => {
      if (token.length > TOKEN_LIMIT || !COMPACT.test(token)) return undefined;
      const bySecret = bytes && (await verify(token, bytes, WITH_SECRET));
      const verified = bySecret ?? (keys && (await verify(token, keys, WITH_KEYS)));
      const times = verified && timesIn(verified, now());
      return times && { claims: Buffer.from(token.split('.')[1]!, 'base64url').toString(), ...times };
    },
  };
};
