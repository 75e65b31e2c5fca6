// Deletes the user's own account. Its messages stay; its names are free again.

import { z } from 'zod';
import { deleteUser as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';

export const deleteUser = command({
  input: z.void(),
  refuses: [],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, _, { id }) => core.ledger.transact(users, id, meta, decide),
});
