// Finds the account behind a credential. It checks the credential each time, so that a log-out takes effect at once.

import { LRUCache } from 'lru-cache';
import type { TicketSubject, VerifiedTicket } from '../auth/tokens.ts';
import type { Aggregate } from '../domain/aggregate.ts';
import type { Scopes } from '../domain/scopes.ts';
import { isOpen, sessions } from '../domain/session.ts';
import { tickets, useTicket } from '../domain/ticket.ts';
import { isActive, keyEnd, type User, users } from '../domain/user.ts';
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
  /** Of the token of a bot, which is a session too. Null: a person's own sign-in. */
  readonly scopes: Scopes;
  /** Null: the credential ends only by a log-out. */
  readonly expiresAt: Date | null;
}

type EarlierIdentity = Pick<Identity, 'sessionId' | 'keyHash'> & { readonly user: Pick<User, 'userId'> };

/** `reading`: the request changes nothing, so that remembered states are enough while the event store is away. */
export type Purpose = 'reading' | 'anything';

/**
 * Finds the account behind a token that another server made.
 * @throws Refused `signed-out` if the account was deleted or suspended; IssuerAway if the other server is needed and away
 */
export type OutsideSignOn = (token: string) => Promise<Identity | undefined>;

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

  const holdsKey = (user: User, keyHash: string): boolean => {
    const clock = clockOf(core);
    return isActive(user) && user.keyHash === keyHash && clock.now < keyEnd(user, clock);
  };

  /** `until`: when the identity ends, if not with the key. */
  const byUser = async (userId: string, keyHash: string, purpose: Purpose, until?: Date) => {
    const user = await stateOf(users, userId, purpose);
    if (!holdsKey(user, keyHash)) return undefined;
    return { user, sessionId: null, keyHash, scopes: null, expiresAt: until ?? keyEnd(user, core.sessionLimits) };
  };

  const bySession = async (userId: string, sessionId: string, expiresAt: Date, purpose: Purpose) => {
    const [user, session] = await Promise.all([stateOf(users, userId, purpose), stateOf(sessions, sessionId, purpose)]);
    if (!isOpen(session, user, clockOf(core))) return undefined;
    return { user, sessionId, keyHash: null, scopes: session.bot?.scopes ?? null, expiresAt };
  };

  const byBot = async (sessionId: string, purpose: Purpose): Promise<Identity | undefined> => {
    const session = await stateOf(sessions, sessionId, purpose);
    if (session.bot === null) return undefined;
    const user = await stateOf(users, session.userId, purpose);
    if (!isOpen(session, user, clockOf(core))) return undefined;
    return { user, sessionId, keyHash: null, scopes: session.bot.scopes, expiresAt: null };
  };

  /** The account that the ticket was given to, if the credential that it was given for is still valid. */
  const subjectOf = async ({ userId, sessionId, keyGeneration }: TicketSubject): Promise<Identity | undefined> => {
    // The socket outlives its ticket: it lasts as long as an access token that is made now.
    const expiresAt = new Date(core.now().getTime() + SOCKET_LIFE);
    if (sessionId !== undefined) return bySession(userId, sessionId, expiresAt, 'anything');
    if (keyGeneration !== undefined) {
      const keyHash = core.tokens.keyHash(core.tokens.key(userId, keyGeneration));
      return byUser(userId, keyHash, 'anything', expiresAt);
    }
    // Without a session and a key, the ticket was given for a token of an outside sign-on.
    const user = await core.ledger.load(users, userId);
    const isOutside = isActive(user) && user.names.externalId !== null;
    return isOutside ? { user, sessionId: null, keyHash: null, scopes: null, expiresAt } : undefined;
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
      return userId === undefined ? undefined : byUser(userId, keyHash, purpose);
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
      return { user, sessionId: null, keyHash: null, scopes: null, expiresAt: null };
    },
    /** Is the credential of an earlier identity still valid? */
    isGood: async ({ user: { userId }, sessionId, keyHash }: EarlierIdentity): Promise<boolean> => {
      const [user, session] = await Promise.all([
        core.ledger.load(users, userId),
        sessionId === null ? null : core.ledger.load(sessions, sessionId),
      ]);
      if (session !== null) return isOpen(session, user, clockOf(core));
      return keyHash === null ? isActive(user) : holdsKey(user, keyHash);
    },
  };
};
