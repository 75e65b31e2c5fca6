// Says whether others are shown how far an account has read.

import { z } from 'zod';
import { showReceipts as decide } from '../domain/ownAccount.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';

export const showReceipts = command({
  input: z.strictObject({ shown: z.boolean().describe('Whether others are shown how far you have read.') }),
  refuses: ['user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, { shown }, { actor: { userId } }) =>
    core.ledger.transact(users, userId, meta, (user) => decide(user, shown)),
});
