// Ends a session, or the key: at once, everywhere.

import { z } from 'zod';
import { closeSession, sessions } from '../domain/session.ts';
import { revokeKey, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';

/** Null: signed in with the key. */
const SessionId = z.string().nullable();

export const logOut = command({
  input: SessionId,
  target: (sessionId, { actorId }) =>
    sessionId === null ? existing(users, signedIn(actorId)) : existing(sessions, sessionId),
  carryOut: async (core, meta, sessionId) => {
    const { userId } = await actorOf(core, meta);
    if (sessionId === null) return core.ledger.transact(users, userId, meta, revokeKey);
    return core.ledger.transact(sessions, sessionId, meta, (session) => closeSession(session, 'logged-out'));
  },
});
