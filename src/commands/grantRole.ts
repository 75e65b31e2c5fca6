// Gives a user a role. The command line may do so without an account: it makes the first admin.

import { z } from 'zod';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { type Events, type Role, roles } from '../domain/events.ts';
import { accountOf, grantRole as decide, type User, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, existingUser } from './core.ts';
import { id } from './fields.ts';

/** A command on the roles of a user. The command line has no account: it may do so too. */
export const roleCommand = (decide: (user: User, role: Role) => Events) =>
  command({
    input: z.strictObject({ userId: id, role: z.enum(roles) }),
    access: 'public',
    refuses: ['not-permitted', 'signed-out', 'user-unknown'],
    target: ({ userId }) => existing(users, userId),
    carryOut: async (core, meta, { userId, role }) => {
      if (meta.actorId !== null) check(readerOf(accountOf(await actorOf(core, meta))), 'appoint', server);
      await existingUser(core, userId, 'userId');
      return core.ledger.transact(users, userId, meta, (user) => decide(user, role));
    },
  });

export const grantRole = roleCommand(decide);
