// Signs a device in: a short-lived access token and a refresh token that changes with each use.

import type { Meta } from '../domain/events.ts';
import { openSession as decide, sessions } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import { type Core, type Done, idFor } from './core.ts';
import { pairOf, type TokenPair } from './tokenPair.ts';

/** Opens a session for `user`, who has just proved to be who they are. */
export const openSession = async (
  core: Core,
  meta: Meta,
  user: User,
): Promise<Done & TokenPair & { sessionId: string }> => {
  const sessionId = idFor(core, meta, 'session');
  const { position } = await core.ledger.transact(sessions, sessionId, { ...meta, actorId: user.userId }, (session) =>
    decide(session, sessionId, user),
  );
  return { sessionId, position, ...(await pairOf(core, sessionId)) };
};
