// Asks the user to confirm what would let a thief with a stolen token take the account over, or end it.

import { isFresh } from '../domain/confirmation.ts';
import { Refused } from '../domain/refused.ts';
import type { User } from '../domain/user.ts';
import { checkPassword } from './checkPassword.ts';
import type { Origin } from './context.ts';
import type { Core } from './core.ts';

/** Is it the present password of the account? @throws TooManyRequests; Busy */
export const isOwnPassword = (
  core: Core,
  { address }: Pick<Origin, 'address'>,
  { userId, passwordHash }: User,
  password: string,
): Promise<boolean> => checkPassword(core, { address, actorId: userId }, password, passwordHash ?? undefined);

/**
 * `current`: the present password, if the client sent it. Without it, the sign-in must be fresh.
 * @throws Refused `confirmation-wrong`, `confirmation-required`; TooManyRequests; Busy
 */
export const confirm = async (core: Core, origin: Origin, user: User, current: string | undefined): Promise<void> => {
  if (current === undefined && !isFresh(origin.signedInAt ?? null, core.now()))
    throw new Refused('confirmation-required', 'current');
  if (current !== undefined && !(await isOwnPassword(core, origin, user, current)))
    throw new Refused('confirmation-wrong', 'current');
};
