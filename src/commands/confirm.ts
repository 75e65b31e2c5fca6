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

/** The account as it is at the decision. @throws Refused as `confirm`: its sessions were ended since it was confirmed */
type StillConfirmed = (now: User) => User;

/**
 * `current`: the present password, if the client sent it. Without it, the sign-in must be fresh. Whoever sets a new
 * password meanwhile, perhaps to shut a thief out, ends the confirmation: the returned function tells at the decision.
 * @throws Refused `confirmation-wrong`, `confirmation-required`; TooManyRequests; Busy
 */
export const confirm = async (
  core: Core,
  origin: Origin,
  user: User,
  current: string | undefined,
): Promise<StillConfirmed> => {
  const isConfirmed =
    current === undefined
      ? isFresh(origin.signedInAt ?? null, core.now())
      : await isOwnPassword(core, origin, user, current);
  const refusal = current === undefined ? 'confirmation-required' : 'confirmation-wrong';
  if (!isConfirmed) throw new Refused(refusal, 'current');
  const epoch = (current === undefined ? origin.epoch : null) ?? user.epoch;
  return (now) => {
    if (now.epoch !== epoch) throw new Refused(refusal, 'current');
    return now;
  };
};
