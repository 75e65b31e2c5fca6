// Finds the account behind a credential. It checks the credential each time, so that a log-out takes effect at once.

import { LRUCache } from 'lru-cache';
import type { TicketSubject, VerifiedTicket } from '../auth/tickets.ts';
import { countsOutside } from '../domain/credentials.ts';
import { isOpen, sessions } from '../domain/session.ts';
import { tickets, useTicket } from '../domain/ticket.ts';
import { isActive, type User, users } from '../domain/user.ts';
import type { Origin } from './context.ts';
import { type Core, clockOf } from './core.ts';
import { createIdentities, type Identity, isKeyGood, type Purpose } from './identity.ts';
import { type Credentials, verifyCredentials } from './verifyCredentials.ts';

export type { Identity, Purpose } from './identity.ts';

type EarlierIdentity = Pick<Identity, 'sessionId' | 'keyHash' | 'outsideAt'> & { readonly user: Pick<User, 'userId'> };

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

  const { byUserKey, bySession, byBot } = createIdentities(core);

  const ownerOf = async (keyHash: string): Promise<string | undefined> => {
    const known = owners.get(keyHash) ?? (await ownerOfKey(keyHash));
    if (known !== undefined) owners.set(keyHash, known);
    return known;
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
