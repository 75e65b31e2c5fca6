// Who is behind a credential, and whether it is still good: asked anew each time, so that a log-out holds at once.

import { isOpen, sessions } from '../domain/session.ts';
import { type User, users } from '../domain/user.ts';
import type { Core } from './core.ts';

export interface Identity {
  readonly user: User;
  /** Null: signed in with the key. */
  readonly sessionId: string | null;
  /** When the credential ends by itself; null: only by a log-out. */
  readonly expiresAt: Date | null;
}

export interface Authenticator {
  /** By an access token (JWT). */
  byAccessToken(token: string): Promise<Identity | undefined>;
  /** By a key of 40 hexadecimal digits. */
  byKey(key: string): Promise<Identity | undefined>;
  /** By a ticket for a socket; each is good once, and for seconds. */
  byTicket(ticket: string): Promise<Identity | undefined>;
  /** Is an identity found earlier still good? */
  isGood(identity: Identity): Promise<boolean>;
}

/** `ownerOfKey`: whose key it is, by its hash, as the views know it; the account itself then says whether it is in force. */
export const createAuthenticator = (
  core: Core,
  ownerOfKey: (keyHash: string) => Promise<string | undefined>,
): Authenticator => {
  const used = new Map<string, number>();

  const byUser = async (userId: string, expiresAt: Date | null, keyHash: string): Promise<Identity | undefined> => {
    const user = await core.ledger.load(users, userId);
    return user.status === 'registered' && user.keyHash === keyHash ? { user, sessionId: null, expiresAt } : undefined;
  };

  const bySession = async (userId: string, sessionId: string, expiresAt: Date): Promise<Identity | undefined> => {
    const [user, session] = await Promise.all([core.ledger.load(users, userId), core.ledger.load(sessions, sessionId)]);
    return isOpen(session, user) ? { user, sessionId, expiresAt } : undefined;
  };

  const firstUse = (jti: string, expiresAt: Date): boolean => {
    const now = core.now().getTime();
    for (const [id, end] of used) if (end < now) used.delete(id);
    if (used.has(jti)) return false;
    used.set(jti, expiresAt.getTime());
    return true;
  };

  return {
    byAccessToken: async (token) => {
      const claims = await core.tokens.verifyAccess(token);
      return claims && bySession(claims.userId, claims.sessionId, claims.expiresAt);
    },
    byKey: async (key) => {
      if (!/^[0-9a-f]{40}$/.test(key)) return undefined;
      const keyHash = core.tokens.keyHash(key);
      const userId = await ownerOfKey(keyHash);
      return userId === undefined ? undefined : byUser(userId, null, keyHash);
    },
    byTicket: async (ticket) => {
      const claims = await core.tokens.verifyTicket(ticket);
      if (!claims || !firstUse(claims.jti, claims.expiresAt)) return undefined;
      const user = await core.ledger.load(users, claims.userId);
      if (claims.sessionId === undefined)
        return user.keyHash === null ? undefined : byUser(claims.userId, null, user.keyHash);
      // The socket outlives its ticket; it lasts as long as an access token given now.
      return bySession(claims.userId, claims.sessionId, new Date(core.now().getTime() + SOCKET_LIFE));
    },
    isGood: async ({ user, sessionId }) => {
      const now = await core.ledger.load(users, user.userId);
      if (sessionId === null) return now.status === 'registered' && now.keyHash === user.keyHash;
      return isOpen(await core.ledger.load(sessions, sessionId), now);
    },
  };
};

const SOCKET_LIFE = 15 * 60 * 1000;
