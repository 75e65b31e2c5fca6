// All credentials that the server issues, derived from one secret: access tokens, refresh tokens, keys, tickets, tokens of
// bots, invitations.
// Ids have up to 128 letters, digits, `-` and `_`; generations are whole numbers from 0. Nothing throws on bad input.

import { createHmac, createSecretKey, hash, randomUUID, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { createSignedToken, deriveKey, isCompact } from './signedToken.ts';

/** The claims of an access token. `generation` counts the refreshes of its session. */
interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly generation: number;
}

/** The owner of a ticket: a user signed in by a session, by a key of some generation, or by an outside sign-on. */
export interface TicketSubject {
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly keyGeneration?: number | undefined;
}

export interface VerifiedTicket extends TicketSubject {
  /** The ticket's id, under which its use is recorded. */
  readonly jti: string;
  readonly expiresAt: Date;
}

interface Options {
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
/** A prefix, by which people and scanners of leaks know them; an id; its signature. */
const NAMED = /^(vbt|inv)_([\w-]{1,128})\.[\w-]{43}$/;

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
const isGeneration = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const createMac = (secret: Uint8Array, purpose: string): ((text: string) => Buffer) => {
  const key = createSecretKey(deriveKey(secret, purpose));
  return (text) => createHmac('sha256', key).update(text).digest();
};

/** Constant-time comparison of two ASCII strings. */
const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** @throws RangeError for a secret of less than 32 bytes. */
export const createTokens = async ({ secret, now, newId = randomUUID }: Options) => {
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
  const macOfBot = createMac(secret, 'bot');
  const macOfInvitation = createMac(secret, 'invitation');
  const macOfKey = createMac(secret, 'key');
  const macOfFingerprint = createMac(secret, 'fingerprint');
  // Caches verified signatures. The key is the token itself: hashing it would cost as much as the verification. The cache
  // is bounded by `maxSize`: with `max` it would allocate its full size at once.
  const verified = new LRUCache<string, Readonly<AccessClaims & { expiresAt: Date }>>({
    maxSize: REMEMBERED_TOKENS,
    sizeCalculation: () => 1,
  });

  const refresh = (sessionId: string, generation: number): string => {
    const made = `${sessionId}.${generation}`;
    return `${made}.${macOfRefresh(made).toString('base64url')}`;
  };

  const named = (prefix: string, mac: (text: string) => Buffer) => {
    const make = (id: string): string => `${prefix}_${id}.${mac(id).toString('base64url')}`;
    const read = (token: string): string | undefined => {
      const [, ownPrefix, id] = (token.length <= REFRESH_LIMIT && NAMED.exec(token)) || [];
      return id !== undefined && ownPrefix === prefix && equal(token, make(id)) ? id : undefined;
    };
    return { make, read };
  };
  const bots = named('vbt', macOfBot);
  const invitations = named('inv', macOfInvitation);

  return {
    /** A JWT good for 15 minutes from `issuedAt` (whole seconds count). The same input gives the same token. */
    access: ({ userId, sessionId, generation }: AccessClaims, issuedAt: Date): Promise<string> =>
      accessTokens.sign(userId, { sid: sessionId, gen: generation }, issuedAt),

    /** The claims, if this server made the token and it has not expired. Check the session for a sign-out. */
    verifyAccess: async (token: string) => {
      if (!isCompact(token)) return undefined;
      const remembered = verified.get(token);
      if (remembered !== undefined) {
        if (accessTokens.isCurrent(remembered.expiresAt)) return remembered;
        verified.delete(token);
        return undefined;
      }
      const claims = await accessTokens.read(token);
      if (claims === undefined) return undefined;
      const { sub: userId, sid: sessionId, gen: generation, expiresAt } = claims;
      if (!isId(userId) || !isId(sessionId) || !isGeneration(generation)) return undefined;
      const access = Object.freeze({ userId, sessionId, generation, expiresAt });
      verified.set(token, access);
      return access;
    },

    /** The refresh token of one generation of a session: derived, never stored. */
    refresh,
    /** Session and generation of a refresh token that this server made, however old. */
    readRefresh: (token: string): { readonly sessionId: string; readonly generation: number } | undefined => {
      const match = typeof token === 'string' && token.length <= REFRESH_LIMIT ? REFRESH.exec(token) : null;
      if (match === null) return undefined;
      const [sessionId, generation] = [match[1]!, Number(match[2])];
      return equal(token, refresh(sessionId, generation)) ? { sessionId, generation } : undefined;
    },

    /** The token of a bot, whose session has this id. The history of the session says if it is valid. */
    bot: bots.make,
    /** The session of a bot's token that this server made. */
    readBot: bots.read,
    /** The code of the invitation with this id. */
    invitation: invitations.make,
    readInvitation: invitations.read,

    /** The long-lived key of a user: 40 lower-case hex characters, the same until the generation changes. */
    key: (userId: string, generation: number): string =>
      macOfKey(`${userId}.${generation}`).toString('hex').slice(0, 40),
    /** SHA-256 in hex: the only form in which a key is stored. */
    keyHash: (key: string): string => hash('sha256', key, 'hex'),

    /** A ticket for the address of a socket, valid for 30 seconds; it is not an access token. */
    ticket: ({ userId, sessionId, keyGeneration }: TicketSubject, issuedAt: Date): Promise<string> =>
      tickets.sign(userId, { jti: newId(), sid: sessionId, kgn: keyGeneration }, issuedAt),

    /** The ticket's owner, if this server made the ticket and it has not expired. */
    verifyTicket: async (ticket: string): Promise<VerifiedTicket | undefined> => {
      const claims = await tickets.read(ticket);
      if (claims === undefined) return undefined;
      const { sub: userId, jti, sid: sessionId, kgn: keyGeneration, expiresAt } = claims;
      if (!isId(userId) || !isId(jti)) return undefined;
      if (sessionId !== undefined && !isId(sessionId)) return undefined;
      if (keyGeneration !== undefined && !isGeneration(keyGeneration)) return undefined;
      return { userId, sessionId, keyGeneration, jti, expiresAt };
    },

    /**
     * HMAC-SHA256 in hex over a JSON value, whatever the order of its keys. Keyed, so that nobody can guess a password
     * from the stored fingerprint of a body that contained it.
     */
    fingerprint: (value: unknown): string =>
      macOfFingerprint(String(JSON.stringify(value, sortedKeys))).toString('hex'),
  };
};

export type Tokens = Awaited<ReturnType<typeof createTokens>>;
