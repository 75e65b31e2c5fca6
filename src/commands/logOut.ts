// Ends a session, or the key: at once, everywhere.

import type { Meta } from '../domain/events.ts';
import { closeSession, sessions } from '../domain/session.ts';
import { revokeKey, users } from '../domain/user.ts';
import { actorOf, type Core, type Done } from './core.ts';

/** `sessionId` null: signed in with the key. */
export const logOut = async (core: Core, meta: Meta, sessionId: string | null): Promise<Done> => {
  const { userId } = await actorOf(core, meta);
  if (sessionId === null) return core.ledger.transact(users, userId, meta, revokeKey);
  return core.ledger.transact(sessions, sessionId, meta, (session) => closeSession(session, 'logged-out'));
};
