// Gives or takes a role. Only an admin does; the first one is made from the command line, where `meta.actorId` is null.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { roles } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { grantRole as grant, revokeRole as revoke, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, type Core, existingUser } from './core.ts';
import { id } from './fields.ts';

export const GrantRole = z.strictObject({ userId: id, role: z.enum(roles) });
export type GrantRole = z.input<typeof GrantRole>;

const allowed = async (core: Core, meta: Meta, userId: string): Promise<void> => {
  if (meta.actorId !== null && !(await actorOf(core, meta)).roles.includes('admin')) throw new Refused('not-permitted');
  await existingUser(core, userId, 'userId');
};

/** @throws Refused `not-permitted`, `user-unknown` */
export const grantRole = command({
  input: GrantRole,
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId, role }) => {
    await allowed(core, meta, userId);
    return core.ledger.transact(users, userId, meta, (user) => grant(user, role));
  },
});

/** @throws Refused `not-permitted`, `user-unknown` */
export const revokeRole = command({
  input: GrantRole,
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId, role }) => {
    await allowed(core, meta, userId);
    return core.ledger.transact(users, userId, meta, (user) => revoke(user, role));
  },
});
