// Says whether an account sees the desks that others open under its e-mail address.

import { z } from 'zod';
import { acceptDesks as decide } from '../domain/ownAccount.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';

export const acceptDesks = command({
  input: z.strictObject({ accepted: z.boolean().describe('Whether you see them.') }),
  refuses: ['user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, { accepted }, { actor: { userId } }) =>
    core.ledger.transact(users, userId, meta, (user) => decide(user, accepted)),
});
