// Signs the user out everywhere else: other sessions, the key, the tokens of bots and those of an outside sign-on end.

import { z } from 'zod';
import { endSessions as decide } from '../domain/administration.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { id } from './fields.ts';

export const endOtherSessions = command({
  input: z.strictObject({
    /** The session that goes on. Null: the key goes on, or an outside sign-on asks. */
    sessionId: id.nullable(),
    byKey: z.boolean(),
    /** When an outside sign-on issued the token that goes on, in seconds. */
    outsideAt: z.int().nullable(),
  }),
  refuses: ['user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, { sessionId, byKey, outsideAt }, { id }) =>
    core.ledger.transact(users, id, meta, (user) => decide(user, id, { sessionId, key: byKey, outsideAt })),
});
