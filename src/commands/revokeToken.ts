// Ends the token of one of the user's bots.

import { z } from 'zod';
import { endSession as decide, sessions } from '../domain/session.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const revokeToken = command({
  /** The id of the token's session. */
  input: z.strictObject({ tokenId: ids.token }),
  refuses: ['token-unknown'],
  target: ({ tokenId }) => existing(sessions, tokenId),
  carryOut: (core, meta, _, { id, actor }) =>
    core.ledger.transact(sessions, id, meta, (session) => decide(session, actor, 'bot')),
});
