// All credentials that the server issues, derived from its secrets: access tokens, refresh tokens, keys, tickets,
// tokens of bots, invitations.
// Ids have up to 128 letters, digits, `-` and `_`; generations are whole numbers from 0. Nothing throws on bad input.

import { hash, randomUUID } from 'node:crypto';
import { createAccessTokens } from './accessTokens.ts';
import { createMacs, equal } from './macs.ts';
import { createNamedTokens } from './namedTokens.ts';
import type { Roots, Secrets } from './secret.ts';
import { createTickets } from './tickets.ts';

interface Options {
  /** Secrets of 32 bytes at least. */
  readonly roots: Roots;
  readonly now: () => Date;
  /** Makes the ids of tickets; default random UUIDs. */
  readonly newId?: () => string;
}

const LEAST_SECRET_BYTES = 32;
const REFRESH = /^([\w-]{1,128})\.(\d{1,16})\.[\w-]{43}$/;
const REFRESH_LIMIT = 200;
/** 128 bits. */
const MARK_DIGITS = 32;

const isShort = ({ byteLength }: Uint8Array): boolean => byteLength < LEAST_SECRET_BYTES;

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** @throws RangeError for a secret of less than 32 bytes. */
export const createTokens = async ({ roots, now, newId = randomUUID }: Options) => {
  if (Object.values<Secrets>({ ...roots }).some((secrets) => secrets.some(isShort)))
    throw new RangeError(`a secret needs ${LEAST_SECRET_BYTES} bytes`);
  const shared = { secrets: roots.tokens, now };
  const macsOfRefresh = createMacs(roots.tokens, 'refresh');
  const macsOfKey = createMacs(roots.keys, 'key');
  const macsOfFingerprint = createMacs(roots.fingerprints, 'fingerprint');
  const macsOfMark = createMacs(roots.marks, 'mark');

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

  const bots = createNamedTokens(roots.tokens, 'vbt', 'bot');
  const invitations = createNamedTokens(roots.tokens, 'inv', 'invitation');

  return {
    ...(await createAccessTokens(shared)),
    ...(await createTickets({ ...shared, newId })),

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
