// Records that an e-mail address belongs to its account. An admin may say so, or the program, which has a proof.

import { z } from 'zod';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { verifyEmail as decide } from '../domain/ownAccount.ts';
import { accountOf, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, existingUser } from './core.ts';
import { email, ids } from './fields.ts';

export const verifyEmail = command({
  /** `email`: the address that was checked. */
  input: z.strictObject({ userId: ids.user, email }),
  access: 'public',
  refuses: ['email-not-current', 'not-permitted', 'signed-out', 'user-unknown'],
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId, email }) => {
    if (meta.actorId !== null) check(readerOf(accountOf(await actorOf(core, meta))), 'appoint', server);
    await existingUser(core, userId, 'userId');
    return core.ledger.transact(users, userId, meta, (user) => decide(user, email));
  },
});
