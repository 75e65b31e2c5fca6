// A kind of short-lived JWT: each purpose has its own key, type and audience.

import { type CryptoKey, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { deriveKey } from './deriveKey.ts';

const ISSUER = 'verbatim';
/** Characters of a token at most; ours have about 400. */
export const TOKEN_LIMIT = 4096;
// Seconds by which another process's clock may be ahead. A token from further ahead is refused.
const SKEW = 60;
// The last character of a 32-byte signature has two unused bits. Accept only the spelling in which both are 0, else
// four texts would be the same token.
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;

export interface SignedTokenOptions {
  readonly secret: Uint8Array;
  /** Selects the key. */
  readonly purpose: string;
  /** The `typ` of the header. */
  readonly type: string;
  readonly audience: string;
  /** Seconds. */
  readonly lifetime: number;
  readonly requiredClaims: readonly string[];
  readonly now: () => Date;
}

export interface SignedToken {
  /** The same input gives the same token. */
  sign(subject: string, claims: JWTPayload, issuedAt: Date): Promise<string>;
  /** The claims, if this server made the token and it is valid now; undefined for anything else. */
  read(token: string): Promise<(JWTPayload & { readonly sub: string; readonly exp: number }) | undefined>;
  /** Can a token that expires at `expiresAt` be valid now: not expired, and not longer than our own last? */
  isCurrent(expiresAt: Date): boolean;
}

export const createSignedToken = async (options: SignedTokenOptions): Promise<SignedToken> => {
  const { secret, purpose, type, audience, lifetime, requiredClaims, now } = options;
  const key = await importKey(deriveKey(secret, purpose));
  const isCurrent = (expiresAt: Date): boolean => {
    const left = expiresAt.getTime() - now().getTime();
    return left > 0 && left <= (lifetime + SKEW) * 1000;
  };

  return {
    isCurrent,
    sign(subject, claims, issuedAt) {
      const seconds = Math.floor(issuedAt.getTime() / 1000);
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: type })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + lifetime)
        .sign(key);
    },

    async read(token) {
      if (!isCompact(token)) return undefined;
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          typ: type,
          issuer: ISSUER,
          audience,
          requiredClaims: ['exp', 'sub', ...requiredClaims],
          currentDate: now(),
        });
        const { sub, exp } = payload;
        if (sub === undefined || exp === undefined || !isCurrent(new Date(exp * 1000))) return undefined;
        return { ...payload, sub, exp };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
};

/** Does it look like a token? Checked before any costly work. */
export const isCompact = (token: unknown): token is string =>
  typeof token === 'string' && token.length <= TOKEN_LIMIT && COMPACT.test(token);

/** Imports the key once: with raw bytes, jose imports them at every call and takes twice as long. */
const importKey = (bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
