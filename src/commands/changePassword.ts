// Changes the user's own password. The key and all sessions end, except the session that changes it.

import { z } from 'zod';
import { Refused } from '../domain/refused.ts';
import { changePassword as decide, users } from '../domain/user.ts';
import { checkPassword } from './checkPassword.ts';
import { command, existing } from './command.ts';
import { id, password } from './fields.ts';

export const changePassword = command({
  input: z.strictObject({
    /** Null: this API does not ask for it. The current password as `password` then changes nothing. */
    current: password.nullable(),
    password,
    /** The session that goes on. Null: signed in with the key. */
    sessionId: id.nullable(),
  }),
  refuses: ['confirmation-wrong', 'user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, { current, password, sessionId }, { actor: { userId, passwordHash }, address }) => {
    const hashNow = passwordHash ?? undefined;
    const isInForce =
      current === null
        ? await core.passwords.verify(password, hashNow, address)
        : await checkPassword(core, { address, actorId: userId }, current, hashNow);
    if (current !== null && !isInForce) throw new Refused('confirmation-wrong', 'current');
    const isSame = current === null && isInForce;
    const hash = isSame ? '' : await core.passwords.hash(password, address);
    return core.ledger.transact(users, userId, meta, (user) => (isSame ? [] : decide(user, hash, sessionId)));
  },
});
