// Ends a session, the key or the tokens of an outside sign-on, at once and everywhere.

import { z } from 'zod';
import { endOutsideSignIns, revokeKey } from '../domain/credentials.ts';
import { closeSession, sessions } from '../domain/session.ts';
import { type User, users } from '../domain/user.ts';
import type { Identity } from './authenticate.ts';
import { command, existing } from './command.ts';
import { id } from './fields.ts';

/** What ends when the user of `identity` signs out. */
export const endOf = ({ sessionId, outsideAt }: Identity) => ({ sessionId, outsideAt: outsideAt ?? null });

export const signOut = command({
  input: z.strictObject({
    /** Null: signed in without a session. */
    sessionId: id.nullable(),
    /** When an outside sign-on issued the token, in seconds; null: signed in with the key. */
    outsideAt: z.int().nullable().default(null),
  }),
  refuses: ['user-unknown'],
  target: ({ sessionId }, { actorId }) =>
    sessionId === null ? existing(users, actorId) : existing(sessions, sessionId),
  carryOut: (core, meta, { sessionId, outsideAt }, { id }) => {
    if (sessionId !== null)
      return core.ledger.transact(sessions, id, meta, (session) => closeSession(session, 'logged-out'));
    const now = Math.floor(core.now().getTime() / 1000);
    return core.ledger.transact(users, id, meta, (user: User) =>
      outsideAt === null ? revokeKey(user) : endOutsideSignIns(user, outsideAt, now),
    );
  },
});
