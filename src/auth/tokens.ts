// All credentials that the server issues, derived from one secret: access tokens, refresh tokens, keys, tickets.

import { createHmac, createSecretKey, hash, randomUUID, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { deriveKey } from './deriveKey.ts';
import type { TicketSubject, Tokens, VerifiedAccess, VerifiedTicket } from './ports.ts';
import { createSignedToken, isCompact } from './signedToken.ts';

export type { AccessClaims, TicketSubject, Tokens, VerifiedAccess, VerifiedTicket } from './ports.ts';

export interface TokenOptions {
  /** 32 bytes at least. */
  readonly secret: Uint8Array;
  readonly now: () => Date;
  /** Makes the ids of tickets; default random UUIDs. */
  readonly newId?: () => string;
}

/** Seconds. */
export const ACCESS_LIFETIME = 15 * 60;
/** Seconds. */
export const TICKET_LIFETIME = 30;

const LEAST_SECRET_BYTES = 32;
const REMEMBERED_TOKENS = 10_000;
const ID = /^[\w-]{1,128}$/;
const REFRESH = /^([\w-]{1,128})\.(\d{1,16})\.[\w-]{43}$/;
const REFRESH_LIMIT = 200;

/** @throws RangeError for a secret of less than 32 bytes. */
export const createTokens = async (options: TokenOptions): Promise<Tokens> => {
  const { secret, now, newId = randomUUID } = options;
  if (secret.byteLength < LEAST_SECRET_BYTES) throw new RangeError(`the secret needs ${LEAST_SECRET_BYTES} bytes`);
  const shared = { secret, now };
  const accessTokens = await createSignedToken({
    ...shared,
    purpose: 'access',
    type: 'at+jwt',
    audience: 'verbatim',
    lifetime: ACCESS_LIFETIME,
    requiredClaims: ['sid', 'gen'],
  });
  const tickets = await createSignedToken({
    ...shared,
    purpose: 'ticket',
    type: 'ticket+jwt',
    audience: 'verbatim socket',
    lifetime: TICKET_LIFETIME,
    requiredClaims: ['jti'],
  });
  const macOfRefresh = createMac(secret, 'refresh');
  const macOfKey = createMac(secret, 'key');
  const macOfFingerprint = createMac(secret, 'fingerprint');
  // Caches verified signatures. The key is the token itself: hashing it would cost as much as the verification. The cache
  // is bounded by `maxSize`: with `max` it would allocate its full size at once.
  const verified = new LRUCache<string, VerifiedAccess>({ maxSize: REMEMBERED_TOKENS, sizeCalculation: () => 1 });

  const refresh = (sessionId: string, generation: number): string => {
    const made = `${sessionId}.${generation}`;
    return `${made}.${macOfRefresh(made).toString('base64url')}`;
  };

  return {
    access: ({ userId, sessionId, generation }, issuedAt) =>
      accessTokens.sign(userId, { sid: sessionId, gen: generation }, issuedAt),

    async verifyAccess(token) {
      if (!isCompact(token)) return undefined;
      const remembered = verified.get(token);
      if (remembered !== undefined) {
        if (accessTokens.isCurrent(remembered.expiresAt)) return remembered;
        verified.delete(token);
        return undefined;
      }
      const claims = await accessTokens.read(token);
      if (claims === undefined || !isId(claims.sub) || !isId(claims.sid) || !isGeneration(claims.gen)) return undefined;
      const access = Object.freeze({
        userId: claims.sub,
        sessionId: claims.sid,
        generation: claims.gen,
        expiresAt: new Date(claims.exp * 1000),
      });
      verified.set(token, access);
      return access;
    },

    refresh,
    readRefresh(token) {
      if (typeof token !== 'string' || token.length > REFRESH_LIMIT) return undefined;
      const match = REFRESH.exec(token);
      if (match === null) return undefined;
      const [sessionId, generation] = [match[1]!, Number(match[2])];
      return equal(token, refresh(sessionId, generation)) ? { sessionId, generation } : undefined;
    },

    key: (userId, generation) => macOfKey(`${userId}.${generation}`).toString('hex').slice(0, 40),
    keyHash: (key) => hash('sha256', key, 'hex'),

    ticket: (subject, issuedAt) => tickets.sign(subject.userId, ticketClaims(subject, newId()), issuedAt),
    async verifyTicket(ticket) {
      const claims = await tickets.read(ticket);
      return claims === undefined ? undefined : readTicket(claims);
    },

    fingerprint: (value) => macOfFingerprint(canonicalJson(value)).toString('hex'),
  };
};

const ticketClaims = ({ sessionId, keyGeneration }: TicketSubject, jti: string): Record<string, string | number> => ({
  jti,
  ...(sessionId === undefined ? {} : { sid: sessionId }),
  ...(keyGeneration === undefined ? {} : { kgn: keyGeneration }),
});

const readTicket = (claims: {
  readonly [claim: string]: unknown;
  readonly exp: number;
}): VerifiedTicket | undefined => {
  const { sub, jti, sid, kgn } = claims;
  if (!isId(sub) || !isId(jti)) return undefined;
  if (sid !== undefined && !isId(sid)) return undefined;
  if (kgn !== undefined && !isGeneration(kgn)) return undefined;
  return {
    userId: sub,
    jti,
    expiresAt: new Date(claims.exp * 1000),
    ...(sid === undefined ? {} : { sessionId: sid }),
    ...(kgn === undefined ? {} : { keyGeneration: kgn }),
  };
};

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
const isGeneration = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const createMac = (secret: Uint8Array, purpose: string): ((text: string) => Buffer) => {
  const key = createSecretKey(deriveKey(secret, purpose));
  return (text) => createHmac('sha256', key).update(text).digest();
};

/** Constant-time comparison of two ASCII strings. */
const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** JSON with the keys of every object sorted. */
const canonicalJson = (value: unknown): string => String(JSON.stringify(value, sortedKeys));

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
