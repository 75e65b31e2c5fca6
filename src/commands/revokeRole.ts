// Takes a role from a user.

import { revokeRole as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { allowed, grantRole } from './grantRole.ts';

export const revokeRole = command({
  input: grantRole.input,
  access: 'public',
  refuses: ['not-permitted', 'signed-out', 'user-unknown'],
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId, role }) => {
    await allowed(core, meta, userId);
    return core.ledger.transact(users, userId, meta, (user) => decide(user, role));
  },
});
