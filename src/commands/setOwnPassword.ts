// A new password for one's own account, without the one in force: for APIs in which being signed in is proof enough.

import type { Meta } from '../domain/events.ts';
import { changePassword as decide, users } from '../domain/user.ts';
import { actorOf, type Core, type Done } from './core.ts';
import { password as text } from './fields.ts';

export interface SetOwnPassword {
  readonly password: string;
  /** Goes on, while every other session and the key end; null: signed in with the key. */
  readonly sessionId: string | null;
}

/** The password in force, given again as a form with all fields does, changes nothing. */
export const setOwnPassword = async (core: Core, meta: Meta, input: SetOwnPassword): Promise<Done> => {
  const password = text.parse(input.password);
  const { userId, passwordHash } = await actorOf(core, meta);
  const same = passwordHash !== null && (await core.passwords.verify(password, passwordHash));
  const hash = same ? '' : await core.passwords.hash(password);
  return core.ledger.transact(users, userId, meta, (user) =>
    same ? [] : decide(user, hash, input.sessionId ?? undefined),
  );
};
