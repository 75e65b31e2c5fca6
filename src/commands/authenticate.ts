// Finds the account behind a credential. It checks the credential each time, so that a log-out takes effect at once.

import { LRUCache } from 'lru-cache';
import type { TicketSubject, VerifiedTicket } from '../auth/tickets.ts';
import type { Aggregate } from '../domain/aggregate.ts';
import { countsOutside, keyEnd } from '../domain/credentials.ts';
import type { Scopes } from '../domain/scopes.ts';
import { isOpen, sessions } from '../domain/session.ts';
import { tickets, useTicket } from '../domain/ticket.ts';
import { isActive, type User, users } from '../domain/user.ts';
import { Unavailable } from '../store/ports.ts';
import type { Origin } from './context.ts';
import { type Core, clockOf } from './core.ts';
import { type Credentials, verifyCredentials } from './verifyCredentials.ts';

export interface Identity {
  readonly user: User;
  /** Null: signed in with the key or by an outside sign-on. */
  readonly sessionId: string | null;
  /** Null: signed in without the key. */
  readonly keyHash: string | null;
  /** When an outside sign-on issued the token, in seconds since 1970. Undefined: signed in here. */
  readonly outsideAt?: number | undefined;
  /** When the user gave the credentials. Null: unknown, as with a key, which may be years old. */
  readonly signedInAt: Date | null;
  /** Of the token of a bot, which is a session too. Null: a person's own sign-in. */
  readonly scopes: Scopes;
  /** Null: the credential ends only by a log-out. */
  readonly expiresAt: Date | null;
}

type EarlierIdentity = Pick<Identity, 'sessionId' | 'keyHash' | 'outsideAt'> & { readonly user: Pick<User, 'userId'> };

/** `reading`: the request changes nothing, so that remembered states are enough while the event store is away. */
export type Purpose = 'reading' | 'anything';

/**
 * Finds the account behind a token that another server made.
 * @throws Refused `signed-out` if the account was deleted or suspended; IssuerAway if the other server is needed and away
 */
export type OutsideSignOn = (token: string) => Promise<Identity | undefined>;

/** Has the account a key that one of the present secrets made, and that is not too old? */
const isKeyGood = (core: Core, user: User): boolean => {
  const { userId, keyGeneration, keyHash } = user;
  const clock = clockOf(core);
  const isMade = core.tokens.keyHashed(userId, keyGeneration, keyHash) !== undefined;
  return isActive(user) && isMade && clock.now < keyEnd(user, clock);
};

const SOCKET_LIFE = 15 * 60 * 1000;
const KEPT_OWNERS = 50_000;

export type Authenticator = ReturnType<typeof createAuthenticator>;

/**
 * Its functions throw Unavailable if they need a store that is away.
 * `ownerOfKey`: finds the user of a key in the views, by the key's hash; the account then says if the key is valid.
 * `byOutsideToken`: for tokens that this server did not make.
 */
export const createAuthenticator = (
  core: Core,
  ownerOfKey: (keyHash: string) => Promise<string | undefined>,
  byOutsideToken: OutsideSignOn = async () => undefined,
) => {
  // A key never gets another owner. With `max`, the cache would allocate its full size at once.
  const owners = new LRUCache<string, string>({ maxSize: KEPT_OWNERS, sizeCalculation: () => 1 });

  const ownerOf = async (keyHash: string): Promise<string | undefined> => {
    const known = owners.get(keyHash) ?? (await ownerOfKey(keyHash));
    if (known !== undefined) owners.set(keyHash, known);
    return known;
  };

  const stateOf = async <State>(aggregate: Aggregate<State>, id: string, purpose: Purpose): Promise<State> => {
    try {
      return await core.ledger.load(aggregate, id);
    } catch (error) {
      const isEnough = purpose === 'reading' && error instanceof Unavailable;
      const recalled = isEnough ? core.ledger.recall(aggregate, id) : undefined;
      if (recalled === undefined) throw error;
      return recalled;
    }
  };

  /** `until`: when the identity ends, if not with the key. */
  const byUserKey = async (
    userId: string,
    isKey: (user: User) => boolean,
    until: Date | null,
    purpose: Purpose,
  ): Promise<Identity | undefined> => {
    const user = await stateOf(users, userId, purpose);
    if (!isKeyGood(core, user) || !isKey(user)) return undefined;
    const expiresAt = until ?? keyEnd(user, core.sessionLimits);
    return { user, sessionId: null, keyHash: user.keyHash, signedInAt: null, scopes: null, expiresAt };
  };

  const bySession = async (userId: string, sessionId: string, expiresAt: Date, purpose: Purpose) => {
    const [user, session] = await Promise.all([stateOf(users, userId, purpose), stateOf(sessions, sessionId, purpose)]);
    if (!isOpen(session, user, clockOf(core))) return undefined;
    const signedInAt = session.bot === null ? new Date(session.openedAt) : null;
    return { user, sessionId, keyHash: null, signedInAt, scopes: session.bot?.scopes ?? null, expiresAt };
  };

  const byBot = async (sessionId: string, purpose: Purpose): Promise<Identity | undefined> => {
    const session = await stateOf(sessions, sessionId, purpose);
    if (session.bot === null) return undefined;
    const user = await stateOf(users, session.userId, purpose);
    if (!isOpen(session, user, clockOf(core))) return undefined;
    return { user, sessionId, keyHash: null, signedInAt: null, scopes: session.bot.scopes, expiresAt: null };
  };

  /** The account that the ticket was given to, if the credential that it was given for is still valid. */
  const subjectOf = async (subject: TicketSubject): Promise<Identity | undefined> => {
    const { userId, sessionId, keyGeneration, outsideAt } = subject;
    // The socket outlives its ticket: it lasts as long as an access token that is made now.
    const expiresAt = new Date(core.now().getTime() + SOCKET_LIFE);
    if (sessionId !== undefined) return bySession(userId, sessionId, expiresAt, 'anything');
    if (keyGeneration !== undefined)
      return byUserKey(userId, (user) => user.keyGeneration === keyGeneration, expiresAt, 'anything');
    const user = await core.ledger.load(users, userId);
    const isGood = outsideAt !== undefined && isActive(user) && countsOutside(user, outsideAt);
    const plain = { sessionId: null, keyHash: null, signedInAt: null, scopes: null };
    return isGood ? { user, ...plain, outsideAt, expiresAt } : undefined;
  };

  /** Records the use, so that the ticket opens no second socket, in another process or after a restart either. */
  const isFirstUse = async ({ jti, userId, sessionId }: VerifiedTicket): Promise<boolean> => {
    const meta = { actorId: userId, correlationId: core.newId() };
    const { events } = await core.ledger.transact(tickets, jti, meta, (ticket) =>
      useTicket(ticket, { ticketId: jti, userId, sessionId: sessionId ?? null }),
    );
    return events.length > 0;
  };

  return {
    /** By an access token (JWT), of this server or of an outside sign-on, or by the token of a bot. */
    byAccessToken: async (token: string, purpose: Purpose = 'anything'): Promise<Identity | undefined> => {
      const botSession = core.tokens.readBot(token);
      if (botSession !== undefined) return byBot(botSession, purpose);
      const claims = await core.tokens.verifyAccess(token);
      return claims ? bySession(claims.userId, claims.sessionId, claims.expiresAt, purpose) : byOutsideToken(token);
    },
    /** By a key of 40 hexadecimal digits. */
    byKey: async (key: string, purpose: Purpose = 'anything'): Promise<Identity | undefined> => {
      if (!/^[0-9a-f]{40}$/.test(key)) return undefined;
      const keyHash = core.tokens.keyHash(key);
      const userId = await ownerOf(keyHash);
      return userId === undefined ? undefined : byUserKey(userId, (user) => user.keyHash === keyHash, null, purpose);
    },
    /** By a ticket for a socket: valid for seconds, and only once, in all processes. */
    byTicket: async (ticket: string): Promise<Identity | undefined> => {
      const claims = await core.tokens.verifyTicket(ticket);
      const identity = claims && (await subjectOf(claims));
      return identity && (await isFirstUse(claims)) ? identity : undefined;
    },
    /** By a name and its password. @throws Refused `credentials-wrong` */
    byPassword: async (origin: Origin, credentials: Credentials): Promise<Identity> => {
      const user = await verifyCredentials(core, origin, credentials);
      return { user, sessionId: null, keyHash: null, signedInAt: core.now(), scopes: null, expiresAt: null };
    },
    /** Is the credential of an earlier identity still valid? */
    isGood: async ({ user: { userId }, sessionId, keyHash, outsideAt }: EarlierIdentity): Promise<boolean> => {
      const [user, session] = await Promise.all([
        core.ledger.load(users, userId),
        sessionId === null ? null : core.ledger.load(sessions, sessionId),
      ]);
      if (session !== null) return isOpen(session, user, clockOf(core));
      if (keyHash !== null) return isKeyGood(core, user) && keyHash === user.keyHash;
      return isActive(user) && (outsideAt === undefined || countsOutside(user, outsideAt));
    },
  };
};
