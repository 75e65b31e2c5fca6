// Verifies an e-mail address by the link that was mailed there.

import { z } from 'zod';
import { verifyEmail as decide } from '../domain/ownAccount.ts';
import { users } from '../domain/user.ts';
import { command } from './command.ts';
import { checkLink, linkTarget, linkToken } from './mailedLinks.ts';

export const confirmEmail = command({
  input: z.strictObject({ token: linkToken }),
  access: 'public',
  refuses: ['link-invalid'],
  target: ({ token }, { core }) => linkTarget(core, token),
  carryOut: (core, meta, { token }, { id }) =>
    core.ledger.transact(users, id, { ...meta, actorId: id }, (user) => {
      checkLink(core, 'verify-email', token, user);
      return decide(user, user.names.email!);
    }),
});
