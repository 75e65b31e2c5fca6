// Sets a forgotten password by a link. The key and every session end.

import { z } from 'zod';
import { changePassword as decide } from '../domain/credentials.ts';
import { users } from '../domain/user.ts';
import { command } from './command.ts';
import { password } from './fields.ts';
import { checkLink, linkTarget, linkToken } from './mailedLinks.ts';
import { newPassword } from './newPassword.ts';

export const resetPassword = command({
  input: z.strictObject({ token: linkToken, password }),
  access: 'public',
  refuses: ['link-invalid', 'password-too-common', 'password-too-short'],
  target: ({ token }, { core }) => linkTarget(core, token),
  carryOut: async (core, meta, { token, password }, { id, origin }) => {
    // Before the costly work.
    checkLink(core, 'reset-password', token, await core.ledger.load(users, id));
    const hash = await (await newPassword(core, password, origin.address))();
    return core.ledger.transact(users, id, { ...meta, actorId: id }, (user) => {
      checkLink(core, 'reset-password', token, user);
      return decide(user, hash, null);
    });
  },
});
