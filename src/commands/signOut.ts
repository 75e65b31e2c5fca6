// Ends a session or the key, at once and everywhere.

import { z } from 'zod';
import { closeSession, sessions } from '../domain/session.ts';
import { revokeKey, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { id } from './fields.ts';

export const signOut = command({
  /** Null: signed in with the key. */
  input: z.strictObject({ sessionId: id.nullable() }),
  refuses: ['user-unknown'],
  target: ({ sessionId }, { actorId }) =>
    sessionId === null ? existing(users, actorId) : existing(sessions, sessionId),
  carryOut: (core, meta, { sessionId }, { id }) =>
    sessionId === null
      ? core.ledger.transact(users, id, meta, revokeKey)
      : core.ledger.transact(sessions, id, meta, (session) => closeSession(session, 'logged-out')),
});
