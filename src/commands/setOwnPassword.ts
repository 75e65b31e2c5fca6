// A new password for one's own account, without the one in force: for APIs in which being signed in is proof enough.

import { z } from 'zod';
import { changePassword as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';
import { password } from './fields.ts';

export const SetOwnPassword = z.strictObject({
  password,
  /** Goes on, while every other session and the key end; null: signed in with the key. */
  sessionId: z.string().nullable(),
});
export type SetOwnPassword = z.input<typeof SetOwnPassword>;

/** The password in force, given again as a form with all fields does, changes nothing. */
export const setOwnPassword = command({
  input: SetOwnPassword,
  target: (_, { actorId }) => existing(users, signedIn(actorId)),
  carryOut: async (core, meta, { password, sessionId }) => {
    const { userId, passwordHash } = await actorOf(core, meta);
    const same = passwordHash !== null && (await core.passwords.verify(password, passwordHash));
    const hash = same ? '' : await core.passwords.hash(password);
    return core.ledger.transact(users, userId, meta, (user) => (same ? [] : decide(user, hash, sessionId)));
  },
});
