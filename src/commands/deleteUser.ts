// Ends one's own account. What was said stays said; the names are free again.

import { z } from 'zod';
import { deleteUser as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';

export const deleteUser = command({
  input: z.void(),
  target: (_, { actorId }) => existing(users, signedIn(actorId)),
  carryOut: async (core, meta) => {
    const { userId } = await actorOf(core, meta);
    return core.ledger.transact(users, userId, meta, decide);
  },
});
