// Gives a user a role. The command line may do so without an account: it makes the first admin.

import { z } from 'zod';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { type Meta, roles } from '../domain/events.ts';
import { accountOf, grantRole as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, type Core, existingUser } from './core.ts';
import { id } from './fields.ts';

/** @throws Refused `not-permitted`, `signed-out`, `user-unknown` */
export const allowed = async (core: Core, meta: Meta, userId: string): Promise<void> => {
  if (meta.actorId !== null) check(readerOf(accountOf(await actorOf(core, meta))), 'appoint', server);
  await existingUser(core, userId, 'userId');
};

export const grantRole = command({
  input: z.strictObject({ userId: id, role: z.enum(roles) }),
  access: 'public',
  refuses: ['not-permitted', 'signed-out', 'user-unknown'],
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId, role }) => {
    await allowed(core, meta, userId);
    return core.ledger.transact(users, userId, meta, (user) => decide(user, role));
  },
});
