// Signs in a user of an outside sign-on: makes the account, or updates it.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { followOutside } from '../domain/followOutside.ts';
import { Refused } from '../domain/refused.ts';
import { asOneLine } from '../domain/texts.ts';
import { isActive, users } from '../domain/user.ts';
import type { Core } from './core.ts';
import { ids, text } from './fields.ts';
import { profile } from './profileFields.ts';
import { registerUser } from './registerUser.ts';
import { useFilesAt } from './useFile.ts';

const AdmitOutsideUser = z.strictObject({
  issuer: text(100),
  /** The id of the user, at the issuer and here. */
  userId: ids.user,
  /** A field that is left out does not change. */
  firstName: z.string().transform(asOneLine).pipe(profile.firstName).optional(),
  lastName: z.string().transform(asOneLine).pipe(profile.lastName).optional(),
  nationalCode: profile.nationalCode.optional(),
  avatar: profile.avatar.optional(),
  superuser: z.boolean().default(false),
  /** When the issuer said so, in seconds since 1970; 0: unknown. */
  issuedAt: z.int().nonnegative().default(0),
});
export type AdmitOutsideUser = z.input<typeof AdmitOutsideUser>;

/** Of two first requests at once, the other one has made the account. */
const ignoreTaken = (error: unknown): void => {
  if (!(error instanceof Refused && ['conflict', 'external-identity-taken'].includes(error.code))) throw error;
};

/** @throws Refused `signed-out` if the account was deleted or suspended, or does not come from this issuer */
export const admitOutsideUser = async (core: Core, meta: Meta, input: AdmitOutsideUser) => {
  const { issuer, userId, superuser, issuedAt, ...said } = AdmitOutsideUser.parse(input);
  const externalId = `${issuer}|${userId}`;
  if ((await core.ledger.load(users, userId)).status === 'unknown')
    await registerUser(core, { ...meta, actorId: null, address: null }, { ...said, userId, externalId }).catch(
      ignoreTaken,
    );
  const present = await core.ledger.load(users, userId);
  // Otherwise the issuer could take over every account whose id it knows.
  if (!isActive(present) || present.names.externalId !== externalId) throw new Refused('signed-out');
  if (said.avatar !== present.profile.avatar) await useFilesAt(core, meta, [said.avatar]);
  const { position } = await core.ledger.transact(users, userId, { ...meta, actorId: userId }, (user) =>
    followOutside(user, said, superuser, issuedAt, Math.floor(core.now().getTime() / 1000)),
  );
  return { user: await core.ledger.load(users, userId), position };
};
