// Changes the user's own password. The key and all sessions end, except the session that changes it.

import { z } from 'zod';
import { changePassword as decide } from '../domain/credentials.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { confirm, isOwnPassword } from './confirm.ts';
import { currentPassword, id, password } from './fields.ts';
import { newPassword } from './newPassword.ts';

export const changePassword = command({
  input: z.strictObject({
    current: currentPassword,
    password,
    /** The session that goes on. Null: signed in with the key. */
    sessionId: id.nullable(),
  }),
  refuses: ['confirmation-required', 'confirmation-wrong', 'password-too-common', 'password-too-short', 'user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, { current, password, sessionId }, { actor, origin }) => {
    // Clients of some APIs send all of an account back. The present password, sent alone, changes nothing.
    const isSame = current === undefined && (await isOwnPassword(core, origin, actor, password));
    if (isSame) return core.ledger.transact(users, actor.userId, meta, () => []);
    const confirmed = await confirm(core, origin, actor, current);
    const hash = await (await newPassword(core, password, origin.address))();
    return core.ledger.transact(users, actor.userId, meta, (user) => decide(confirmed(user), hash, sessionId));
  },
});
