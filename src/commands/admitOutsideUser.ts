// Lets somebody in whom an outside sign-on has named: the account is made, or brought up to date with what is said.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { followOutside, type User, users } from '../domain/user.ts';
import type { Core, Done } from './core.ts';
import { id, profile, text } from './fields.ts';
import { registerUser } from './registerUser.ts';

const AdmitOutsideUser = z.strictObject({
  issuer: text(100),
  /** Who it is to the issuer, and here. */
  userId: id,
  /** Left out: not said, so it stays as it is. */
  firstName: profile.firstName.optional(),
  lastName: profile.lastName.optional(),
  nationalCode: profile.nationalCode.optional(),
  avatar: profile.avatar.optional(),
  superuser: z.boolean().default(false),
});
export type AdmitOutsideUser = z.input<typeof AdmitOutsideUser>;

/** @throws Refused `signed-out` where the account has ended, or one of that id does not come from this issuer. */
export const admitOutsideUser = async (
  core: Core,
  meta: Meta,
  input: AdmitOutsideUser,
): Promise<Done & { user: User }> => {
  const { issuer, userId, superuser, ...said } = AdmitOutsideUser.parse(input);
  const externalId = `${issuer}|${userId}`;
  if ((await core.ledger.load(users, userId)).status === 'unknown')
    await registerUser(core, { ...meta, actorId: null }, { ...said, userId, externalId }).catch(knownBefore);
  const present = await core.ledger.load(users, userId);
  // Else whoever signs tokens there could take over any account of which the id is known.
  if (present.status !== 'registered' || present.names.externalId !== externalId) throw new Refused('signed-out');
  const { position } = await core.ledger.transact(users, userId, { ...meta, actorId: userId }, (user) =>
    followOutside(user, said, superuser),
  );
  return { user: await core.ledger.load(users, userId), position };
};

/** Two first requests at once: the other one has made the account. */
const knownBefore = (error: unknown): undefined => {
  if (error instanceof Refused && (error.code === 'conflict' || error.code === 'external-identity-taken'))
    return undefined;
  throw error;
};
