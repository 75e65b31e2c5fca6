// A new password for one's own account. Every session and the key end.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { changePassword as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, type Core, type Done, signedIn } from './core.ts';
import { password } from './fields.ts';

export const ChangePassword = z.strictObject({ current: password, password });
export type ChangePassword = z.input<typeof ChangePassword>;

/** @throws Refused `confirmation-wrong` where `current` is not the password in force. */
export const changePassword = command({
  input: ChangePassword,
  target: (_, { actorId }) => existing(users, signedIn(actorId)),
  carryOut: async (core, meta, { current, password }) => {
    const { userId, passwordHash } = await actorOf(core, meta);
    if (!(await core.passwords.verify(current, passwordHash ?? undefined)))
      throw new Refused('confirmation-wrong', 'current');
    return setPassword(core, meta, userId, password);
  },
});

/** For an account whose owner has proved to be who they are in another way. */
export const setPassword = async (core: Core, meta: Meta, userId: string, password: string): Promise<Done> => {
  const hash = await core.passwords.hash(password);
  return core.ledger.transact(users, userId, meta, (user) => decide(user, hash));
};
