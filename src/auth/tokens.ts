// All credentials that the server issues, derived from its secrets: access tokens, refresh tokens, keys, tickets,
// tokens of bots, invitations.
// Ids have up to 128 letters, digits, `-` and `_`; generations are whole numbers from 0. Nothing throws on bad input.

import { createHmac, createSecretKey, hash, randomUUID, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Roots, Secrets } from './secret.ts';
import { createSignedToken, deriveKey, isCompact } from './signedToken.ts';

/** What an access token proves. `generation` counts the refreshes of its session. */
interface Access {
  readonly userId: string;
  readonly sessionId: string;
  readonly generation: number;
}

/** `number`: of the user. */
interface AccessClaims extends Access {
  readonly number: number;
}

/** The owner of a ticket: a user signed in by a session, by a key of some generation, or by an outside sign-on. */
export interface TicketSubject {
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly keyGeneration?: number | undefined;
  /** When an outside sign-on issued the token, in seconds. */
  readonly outsideAt?: number | undefined;
}

export interface VerifiedTicket extends TicketSubject {
  /** The ticket's id, under which its use is recorded. */
  readonly jti: string;
  readonly expiresAt: Date;
}

interface Options {
  /** Secrets of 32 bytes at least. */
  readonly roots: Roots;
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
/** 128 bits. */
const MARK_DIGITS = 32;
/** A prefix, by which people and scanners of leaks know them; an id; its signature. */
const NAMED = /^(vbt|inv)_([\w-]{1,128})\.[\w-]{43}$/;

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** The MACs of a text by each secret, the newest first. */
const createMacs = (secrets: Secrets, purpose: string): ((text: string) => [Buffer, ...Buffer[]]) => {
  const keys = secrets.map((secret) => createSecretKey(deriveKey(secret, purpose)));
  return (text) => keys.map((key) => createHmac('sha256', key).update(text).digest()) as [Buffer, ...Buffer[]];
};

const isShort = ({ byteLength }: Uint8Array): boolean => byteLength < LEAST_SECRET_BYTES;

/** Constant-time comparison of two ASCII strings. */
const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** @throws RangeError for a secret of less than 32 bytes. */
export const createTokens = async ({ roots, now, newId = randomUUID }: Options) => {
  if (Object.values<Secrets>({ ...roots }).some((secrets) => secrets.some(isShort)))
    throw new RangeError(`a secret needs ${LEAST_SECRET_BYTES} bytes`);
  const shared = { secrets: roots.tokens, now };
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
  const macsOfRefresh = createMacs(roots.tokens, 'refresh');
  const macsOfBot = createMacs(roots.tokens, 'bot');
  const macsOfInvitation = createMacs(roots.tokens, 'invitation');
  const macsOfKey = createMacs(roots.keys, 'key');
  const macsOfFingerprint = createMacs(roots.fingerprints, 'fingerprint');
  const macsOfMark = createMacs(roots.marks, 'mark');
  // Caches verified signatures. The key is the token itself: hashing it would cost as much as the verification. The cache
  // is bounded by `maxSize`: with `max` it would allocate its full size at once.
  const verified = new LRUCache<string, Readonly<Access & { expiresAt: Date }>>({
    maxSize: REMEMBERED_TOKENS,
    sizeCalculation: () => 1,
  });

  /** The refresh token by each secret. */
  const refreshTokens = (sessionId: string, generation: number) => {
    const made = `${sessionId}.${generation}`;
    return macsOfRefresh(made).map((mac) => `${made}.${mac.toString('base64url')}`);
  };

  const keys = (userId: string, generation: number) =>
    macsOfKey(`${userId}.${generation}`).map((mac) => mac.toString('hex').slice(0, 40));

  const keyHash = (key: string): string => hash('sha256', key, 'hex');

  const fingerprints = (value: unknown): [string, ...string[]] =>
    macsOfFingerprint(String(JSON.stringify(value, sortedKeys))).map((mac) => mac.toString('hex')) as [string];

  const marks = (text: string) => macsOfMark(text).map((mac) => mac.toString('hex').slice(0, MARK_DIGITS));
  const named = (prefix: string, macs: (text: string) => readonly Buffer[]) => {
    const made = (id: string) => macs(id).map((mac) => `${prefix}_${id}.${mac.toString('base64url')}`);
    const make = (id: string): string => made(id)[0]!;
    const read = (token: string): string | undefined => {
      const [, ownPrefix, id] = (token.length <= REFRESH_LIMIT && NAMED.exec(token)) || [];
      return id !== undefined && ownPrefix === prefix && made(id).some((one) => equal(token, one)) ? id : undefined;
    };
    return { make, read };
  };
  const bots = named('vbt', macsOfBot);
  const invitations = named('inv', macsOfInvitation);

  return {
    /**
     * A JWT good for 15 minutes from `issuedAt` (whole seconds count). The same input gives the same token. This server reads
     * neither `token_type` nor `jti` nor `user_id`: clients of simplejwt decode them.
     */
    access: ({ userId, number, sessionId, generation }: AccessClaims, issuedAt: Date): Promise<string> => {
      const jti = hash('sha256', `${sessionId}.${generation}`).slice(0, 32);
      const decoded = { token_type: 'access', jti, user_id: number };
      return accessTokens.sign(userId, { ...decoded, sid: sessionId, gen: generation }, issuedAt);
    },

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
      if (!isId(userId) || !isId(sessionId) || !isCount(generation)) return undefined;
      const access = Object.freeze({ userId, sessionId, generation, expiresAt });
      verified.set(token, access);
      return access;
    },

    /** The refresh token of one generation of a session: derived, never stored. */
    refresh: (sessionId: string, generation: number): string => refreshTokens(sessionId, generation)[0]!,
    /** Session and generation of a refresh token that this server made, however old. */
    readRefresh: (token: string): { readonly sessionId: string; readonly generation: number } | undefined => {
      const match = typeof token === 'string' && token.length <= REFRESH_LIMIT ? REFRESH.exec(token) : null;
      if (match === null) return undefined;
      const [sessionId, generation] = [match[1]!, Number(match[2])];
      const isOurs = refreshTokens(sessionId, generation).some((made) => equal(token, made));
      return isOurs ? { sessionId, generation } : undefined;
    },

    /** The token of a bot, whose session has this id. The history of the session says if it is valid. */
    bot: bots.make,
    /** The session of a bot's token that this server made. */
    readBot: bots.read,
    /** The code of the invitation with this id. */
    invitation: invitations.make,
    readInvitation: invitations.read,

    /** The long-lived key of a user: 40 lower-case hex characters, the same until generation or secret changes. */
    key: (userId: string, generation: number): string => keys(userId, generation)[0]!,
    /**
     * The key of that generation with this hash. Undefined: none of the present secrets made it. So a key ends with its
     * secret, even though its hash is stored.
     */
    keyHashed: (userId: string, generation: number, hashed: string | null): string | undefined =>
      keys(userId, generation).find((key) => keyHash(key) === hashed),
    /** The hashes that the key of that generation may have, one by each secret, the newest first. */
    keyHashes: (userId: string, generation: number) => keys(userId, generation).map(keyHash) as [string, ...string[]],
    /** SHA-256 in hex: the only form in which a key is stored. */
    keyHash,

    /** A ticket for the address of a socket, valid for 30 seconds; it is not an access token. */
    ticket: ({ userId, sessionId, keyGeneration, outsideAt }: TicketSubject, issuedAt: Date): Promise<string> =>
      tickets.sign(userId, { jti: newId(), sid: sessionId, kgn: keyGeneration, oia: outsideAt }, issuedAt),

    /** The ticket's owner, if this server made the ticket and it has not expired. */
    verifyTicket: async (ticket: string): Promise<VerifiedTicket | undefined> => {
      const claims = await tickets.read(ticket);
      if (claims === undefined) return undefined;
      const { sub: userId, jti, sid: sessionId, kgn: keyGeneration, oia: outsideAt, expiresAt } = claims;
      if (!isId(userId) || !isId(jti)) return undefined;
      if (sessionId !== undefined && !isId(sessionId)) return undefined;
      if (keyGeneration !== undefined && !isCount(keyGeneration)) return undefined;
      if (outsideAt !== undefined && !isCount(outsideAt)) return undefined;
      return { userId, sessionId, keyGeneration, outsideAt, jti, expiresAt };
    },

    /**
     * HMAC-SHA256 in hex over a JSON value, whatever the order of its keys. Keyed, so that nobody can guess a password
     * from the stored fingerprint of a body that contained it.
     */
    fingerprint: (value: unknown): string => fingerprints(value)[0],
    /** The fingerprints by each secret: an older one may be recorded. */
    fingerprints,

    /** Proves that this server made the text: 32 hex digits. */
    mark: (text: string): string => marks(text)[0]!,
    isMark: (mark: string, text: string): boolean => marks(text).some((made) => equal(mark, made)),
  };
};

export type Tokens = Awaited<ReturnType<typeof createTokens>>;
