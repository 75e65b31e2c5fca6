// A kind of short-lived JWT: each purpose has its own key, type and audience.

import { hkdfSync } from 'node:crypto';
// From its parts: the whole of it takes four times as long to load, at every start.
import type { JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import type { Secrets } from './secret.ts';

const ISSUER = 'verbatim';
/** Characters of a token at most; ours have about 400. */
const TOKEN_LIMIT = 4096;
// Seconds by which another process's clock may be ahead. A token from further ahead is refused.
const SKEW = 60;
// The last character of a 32-byte signature has two unused bits. Accept only the spelling in which both are 0, else
// four texts would be the same token.
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;

interface Options {
  readonly secrets: Secrets;
  /** Selects the keys. */
  readonly purpose: string;
  /** The `typ` of the header. */
  readonly type: string;
  readonly audience: string;
  /** Seconds. */
  readonly lifetime: number;
  readonly requiredClaims: readonly string[];
  readonly now: () => Date;
}

/**
 * One key per purpose: a token made for one purpose is worthless for another. 32 bytes by HKDF-SHA256 (RFC 5869); the
 * same secret and purpose give the same key.
 */
export const deriveKey = (secret: Uint8Array, purpose: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `verbatim ${purpose} v1`, 32));

/** Does it look like a token? Checked before any costly work. */
export const isCompact = (token: unknown): token is string =>
  typeof token === 'string' && token.length <= TOKEN_LIMIT && COMPACT.test(token);

export const createSignedToken = async (options: Options) => {
  const { secrets, purpose, type, audience, lifetime, requiredClaims, now } = options;
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const importKey = (secret: Uint8Array) =>
    crypto.subtle.importKey('raw', deriveKey(secret, purpose), hmac, false, ['sign', 'verify']);
  // Imported once: jose imports raw bytes at every call, and takes twice as long.
  const keys = await Promise.all(secrets.map(importKey));

  /** Can a token that expires at `expiresAt` be valid now: not expired, and not longer than our own last? */
  const isCurrent = (expiresAt: Date): boolean => {
    const left = expiresAt.getTime() - now().getTime();
    return left > 0 && left <= (lifetime + SKEW) * 1000;
  };

  /** The same input gives the same token. */
  const sign = (subject: string, claims: JWTPayload, issuedAt: Date): Promise<string> => {
    const seconds = Math.floor(issuedAt.getTime() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: type })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifetime)
      .sign(keys[0]!);
  };

  const verifyBy = (token: string, key: (typeof keys)[number]) =>
    jwtVerify(token, key, {
      algorithms: ['HS256'],
      typ: type,
      issuer: ISSUER,
      audience,
      requiredClaims: ['exp', 'sub', ...requiredClaims],
      currentDate: now(),
    });

  /** By the keys in turn, since the header of a token must not choose one. @throws JOSEError */
  const verify = async (token: string) => {
    for (const key of keys.slice(0, -1))
      try {
        return await verifyBy(token, key);
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      }
    return verifyBy(token, keys.at(-1)!);
  };

  /** The claims, if this server made the token and it is valid now; undefined for anything else. */
  const read = async (token: unknown): Promise<(JWTPayload & { sub: string; expiresAt: Date }) | undefined> => {
    if (!isCompact(token)) return undefined;
    try {
      const { payload } = await verify(token);
      const { sub, exp } = payload;
      if (sub === undefined || exp === undefined) return undefined;
      const expiresAt = new Date(exp * 1000);
      return isCurrent(expiresAt) ? { ...payload, sub, expiresAt } : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  return { isCurrent, sign, read };
};
