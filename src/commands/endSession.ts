// Ends one of the user's own sessions, for instance that of a lost device.

import { z } from 'zod';
import { endSession as decide, sessions } from '../domain/session.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const endSession = command({
  input: z.strictObject({ sessionId: ids.session }),
  refuses: ['session-unknown'],
  target: ({ sessionId }) => existing(sessions, sessionId),
  carryOut: (core, meta, _, { id, actor }) =>
    core.ledger.transact(sessions, id, meta, (session) => decide(session, actor, 'device')),
});
