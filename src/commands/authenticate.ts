// Who is behind a credential, and whether it is still good: asked anew each time, so that a log-out holds at once.

import { LRUCache } from 'lru-cache';
import type { TicketSubject } from '../auth/tokens.ts';
import type { Aggregate } from '../domain/aggregate.ts';
import { isOpen, sessions } from '../domain/session.ts';
import { type User, users } from '../domain/user.ts';
import { Unavailable } from '../store/ports.ts';
import type { Core } from './core.ts';
import { useTicket } from './useTicket.ts';

export interface Identity {
  readonly user: User;
  /** Null: signed in without a session, with the key or by an outside sign-on. */
  readonly sessionId: string | null;
  /** Of the key, where that was signed in with. */
  readonly keyHash: string | null;
  /** When the credential ends by itself; null: only by a log-out. */
  readonly expiresAt: Date | null;
}

/** `reading`: nothing is changed on the strength of it. While the event store is away, what is remembered will do. */
export type Purpose = 'reading' | 'anything';

/**
 * Whose a token is that another server made.
 * @throws Refused `signed-out` where the account has ended; IssuerAway where that server has to be asked, and is away
 */
export type OutsideSignOn = (token: string) => Promise<Identity | undefined>;

/** Each throws Unavailable where a store is needed that is away. */
export interface Authenticator {
  /** By an access token (JWT), of this server or of an outside sign-on. */
  byAccessToken(token: string, purpose?: Purpose): Promise<Identity | undefined>;
  /** By a key of 40 hexadecimal digits. */
  byKey(key: string, purpose?: Purpose): Promise<Identity | undefined>;
  /** By a ticket for a socket: good once, whichever process is asked, and for seconds. */
  byTicket(ticket: string): Promise<Identity | undefined>;
  /** Is an identity found earlier still good? */
  isGood(identity: Pick<Identity, 'sessionId' | 'keyHash'> & { readonly user: Pick<User, 'userId'> }): Promise<boolean>;
}

/**
 * `ownerOfKey`: whose key it is, by its hash, as the views know it; the account itself then says whether it is in force.
 * `byOutsideToken`: asked for tokens that are not of this server.
 */
export const createAuthenticator = (
  core: Core,
  ownerOfKey: (keyHash: string) => Promise<string | undefined>,
  byOutsideToken: OutsideSignOn = async () => undefined,
): Authenticator => {
  /** Whose lately used keys are: a key is nobody else's, ever, so that the views need not be asked again. */
  // With `max` the cache would allocate its full size at once.
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
      const recalled =
        purpose === 'reading' && error instanceof Unavailable ? core.ledger.recall(aggregate, id) : undefined;
      if (recalled === undefined) throw error;
      return recalled;
    }
  };

  const byUser = async (
    userId: string,
    expiresAt: Date | null,
    keyHash: string,
    purpose: Purpose,
  ): Promise<Identity | undefined> => {
    const user = await stateOf(users, userId, purpose);
    return user.status === 'registered' && user.keyHash === keyHash
      ? { user, sessionId: null, keyHash, expiresAt }
      : undefined;
  };

  const bySession = async (
    userId: string,
    sessionId: string,
    expiresAt: Date,
    purpose: Purpose,
  ): Promise<Identity | undefined> => {
    const [user, session] = await Promise.all([stateOf(users, userId, purpose), stateOf(sessions, sessionId, purpose)]);
    return isOpen(session, user) ? { user, sessionId, keyHash: null, expiresAt } : undefined;
  };

  /** Whose the ticket is, as long as what it was got with is good. */
  const subjectOf = async ({ userId, sessionId, keyGeneration }: TicketSubject): Promise<Identity | undefined> => {
    // The socket outlives its ticket; it lasts as long as an access token given now.
    const expiresAt = new Date(core.now().getTime() + SOCKET_LIFE);
    if (sessionId !== undefined) return bySession(userId, sessionId, expiresAt, 'anything');
    if (keyGeneration !== undefined)
      return byUser(userId, expiresAt, core.tokens.keyHash(core.tokens.key(userId, keyGeneration)), 'anything');
    // Without a session and a key, it was got by a token of an outside sign-on.
    const user = await core.ledger.load(users, userId);
    const isOutside = user.status === 'registered' && user.names.externalId !== null;
    return isOutside ? { user, sessionId: null, keyHash: null, expiresAt } : undefined;
  };

  return {
    byAccessToken: async (token, purpose = 'anything') => {
      const claims = await core.tokens.verifyAccess(token);
      return claims ? bySession(claims.userId, claims.sessionId, claims.expiresAt, purpose) : byOutsideToken(token);
    },
    byKey: async (key, purpose = 'anything') => {
      if (!/^[0-9a-f]{40}$/.test(key)) return undefined;
      const keyHash = core.tokens.keyHash(key);
      const userId = await ownerOf(keyHash);
      return userId === undefined ? undefined : byUser(userId, null, keyHash, purpose);
    },
    byTicket: async (ticket) => {
      const claims = await core.tokens.verifyTicket(ticket);
      const identity = claims && (await subjectOf(claims));
      return identity && (await useTicket(core, claims)) ? identity : undefined;
    },
    isGood: async ({ user: { userId }, sessionId, keyHash }) => {
      const [user, session] = await Promise.all([
        core.ledger.load(users, userId),
        sessionId === null ? null : core.ledger.load(sessions, sessionId),
      ]);
      if (session !== null) return isOpen(session, user);
      return user.status === 'registered' && (keyHash === null || keyHash === user.keyHash);
    },
  };
};

const SOCKET_LIFE = 15 * 60 * 1000;
const KEPT_OWNERS = 50_000;
