// Changes the user's own password. The key and all sessions end, except the session that changes it.

import { z } from 'zod';
import { changePassword as decide } from '../domain/credentials.ts';
import type { Events } from '../domain/events.ts';
import { type User, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { confirm, isOwnPassword } from './confirm.ts';
import type { Origin } from './context.ts';
import type { Core } from './core.ts';
import { currentPassword, id, password } from './fields.ts';
import { newPassword } from './newPassword.ts';

interface NewPassword {
  readonly current?: string | undefined;
  readonly password: string;
  readonly sessionId: string | null;
}

/** The decision about a new password, once it is confirmed, allowed and hashed. @throws as the command */
export const passwordChange = async (
  core: Core,
  origin: Origin,
  actor: User,
  { current, password, sessionId }: NewPassword,
): Promise<(user: User) => Events> => {
  const confirmed = await confirm(core, origin, actor, current);
  const hash = await (await newPassword(core, password, origin.address))();
  return (user) => decide(confirmed(user), hash, sessionId);
};

export const changePassword = command({
  input: z.strictObject({
    current: currentPassword,
    password,
    /** The session that goes on. Null: signed in with the key. */
    sessionId: id.nullable(),
  }),
  refuses: ['confirmation-required', 'confirmation-wrong', 'password-too-common', 'password-too-short', 'user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, wish, { actor, origin }) => {
    // The present password, sent alone, changes nothing.
    const isSame = wish.current === undefined && (await isOwnPassword(core, origin, actor, wish.password));
    const change = isSame ? () => [] : await passwordChange(core, origin, actor, wish);
    return core.ledger.transact(users, actor.userId, meta, change);
  },
});
