// One kind of signed, short-lived token: a JWT of a purpose, with a key, a type and an audience of its own.

import { type CryptoKey, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { deriveKey } from './deriveKey.ts';

const ISSUER = 'verbatim';
/** Characters of a token at most; ours have some 400. */
export const TOKEN_LIMIT = 4096;
// Seconds another process's clock may be ahead of ours. Beyond it a token is from a clock that jumped, or forged.
const SKEW = 60;
// A signature of 32 bytes has two bits to spare in its last character. Only the one spelling with both 0 is ours, or
// else four texts would be the same token.
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;

export interface SignedTokenOptions {
  readonly secret: Uint8Array;
  /** Names the key. */
  readonly purpose: string;
  /** The `typ` of the header. */
  readonly type: string;
  readonly audience: string;
  /** Seconds from its issue. */
  readonly lifetime: number;
  readonly requiredClaims: readonly string[];
  readonly now: () => Date;
}

export interface SignedToken {
  /** The same input gives the same token. */
  sign(subject: string, claims: JWTPayload, issuedAt: Date): Promise<string>;
  /** The claims of a token of ours that is good now; undefined for anything else. */
  read(token: string): Promise<(JWTPayload & { readonly sub: string; readonly exp: number }) | undefined>;
  /** Whether a token that ends at `expiresAt` can be good now: not over, and not longer than one of ours is. */
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

/** Whether it has the outer form of a token at all: looked at before any work is spent on it. */
export const isCompact = (token: unknown): token is string =>
  typeof token === 'string' && token.length <= TOKEN_LIMIT && COMPACT.test(token);

/** Imported once: given raw bytes, jose imports them at every call and takes twice as long. */
const importKey = (bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
