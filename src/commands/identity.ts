// Who is signed in by a session, a key or the token of a bot, as long as that is valid.

import type { Aggregate } from '../domain/aggregate.ts';
import { keyEnd } from '../domain/credentials.ts';
import type { Scopes } from '../domain/scopes.ts';
import { isOpen, sessions } from '../domain/session.ts';
import { isActive, type User, users } from '../domain/user.ts';
import { Unavailable } from '../store/ports.ts';
import { type Core, clockOf } from './core.ts';

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

/** `reading`: the request changes nothing, so that remembered states are enough while the event store is away. */
export type Purpose = 'reading' | 'anything';

/** Has the account a key that one of the present secrets made, and that is not too old? */
export const isKeyGood = (core: Core, user: User): boolean => {
  const { userId, keyGeneration, keyHash } = user;
  const clock = clockOf(core);
  const isMade = core.tokens.keyHashed(userId, keyGeneration, keyHash) !== undefined;
  return isActive(user) && isMade && clock.now < keyEnd(user, clock);
};

/** Each function gives undefined if the credential is not valid any more. */
export const createIdentities = (core: Core) => {
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

  return { byUserKey, bySession, byBot };
};
