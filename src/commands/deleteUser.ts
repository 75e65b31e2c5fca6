// Deletes the user's own account. Its messages stay; its names are free again, and it leaves its conversations.

import { z } from 'zod';
import { deleteUser as decide } from '../domain/administration.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { confirm } from './confirm.ts';
import { currentPassword } from './fields.ts';

export const deleteUser = command({
  input: z.strictObject({ current: currentPassword }),
  refuses: ['confirmation-required', 'confirmation-wrong'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, { current }, { id, actor, origin }) => {
    const confirmed = await confirm(core, origin, actor, current);
    const done = await core.ledger.transact(users, id, meta, (user) => decide(confirmed(user)));
    return { ...done, position: await core.succession.after(id, done.position, meta.correlationId) };
  },
});
