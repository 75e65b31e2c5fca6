// A new password for one's own account. The key and every session end but the one in which it was set.

import { z } from 'zod';
import { Refused } from '../domain/refused.ts';
import { changePassword as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';
import { id, password } from './fields.ts';

export const ChangePassword = z.strictObject({ current: password, password });
export type ChangePassword = z.input<typeof ChangePassword>;

/** @throws Refused `confirmation-wrong` where `current` is not the password in force. */
export const changePassword = command({
  input: ChangePassword.extend({
    /** Goes on, while every other session and the key end; null: signed in with the key. */
    sessionId: id.nullable(),
  }),
  target: (_, { actorId }) => existing(users, signedIn(actorId)),
  carryOut: async (core, meta, { current, password, sessionId }) => {
    const { userId, passwordHash } = await actorOf(core, meta);
    if (!(await core.passwords.verify(current, passwordHash ?? undefined)))
      throw new Refused('confirmation-wrong', 'current');
    const hash = await core.passwords.hash(password);
    return core.ledger.transact(users, userId, meta, (user) => decide(user, hash, sessionId));
  },
});
