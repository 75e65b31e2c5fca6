// Signs the user out everywhere else: other sessions, the key and the tokens of bots end.

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
  }),
  refuses: ['user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, { sessionId, byKey }, { id }) =>
    core.ledger.transact(users, id, meta, (user) => decide(user, id, { keptSessionId: sessionId, keptKey: byKey })),
});
