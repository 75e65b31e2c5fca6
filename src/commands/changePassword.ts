// Sets a new password for one's own account. The key and every session end but the one in which it is set.

import { z } from 'zod';
import { Refused } from '../domain/refused.ts';
import { changePassword as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { id, password } from './fields.ts';

export const changePassword = command({
  input: z.strictObject({
    /**
     * The password in force. Null: this API takes being signed in for proof enough; the password in force, given again
     * as `password` by a form with all fields, then changes nothing.
     */
    current: password.nullable(),
    password,
    /** Goes on, while every other session and the key end; null: signed in with the key. */
    sessionId: id.nullable(),
  }),
  refuses: ['confirmation-wrong', 'user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, { current, password, sessionId }, { actor: { userId, passwordHash } }) => {
    const isInForce = await core.passwords.verify(current ?? password, passwordHash ?? undefined);
    if (current !== null && !isInForce) throw new Refused('confirmation-wrong', 'current');
    const isSame = current === null && isInForce;
    const hash = isSame ? '' : await core.passwords.hash(password);
    return core.ledger.transact(users, userId, meta, (user) => (isSame ? [] : decide(user, hash, sessionId)));
  },
});
