// A command on the account of another user, which admins may give. The command line has no account: it may do so too, and
// so makes the first admin.

import type { z } from 'zod';
import { type Action, check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import type { Events } from '../domain/events.ts';
import { accountOf, type User, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, existingUser } from './core.ts';

/** `by`: the admin; null: the command line. */
export const adminCommand = <Wish extends { readonly userId: string }>(
  action: Extract<Action, 'appoint' | 'suspend'>,
  input: z.ZodType<Wish, Wish>,
  decide: (user: User, wish: Wish, by: string | null) => Events,
) =>
  command({
    input,
    access: 'public',
    refuses: ['not-permitted', 'signed-out', 'user-unknown'],
    target: ({ userId }) => existing(users, userId),
    carryOut: async (core, meta, wish) => {
      if (meta.actorId !== null) check(readerOf(accountOf(await actorOf(core, meta))), action, server);
      await existingUser(core, wish.userId, 'userId');
      return core.ledger.transact(users, wish.userId, meta, (user) => decide(user, wish, meta.actorId));
    },
  });
