// Changes the names and the profile of the user's own account. Where mail and calls go needs a confirmation: a thief
// could take the account over by them.

import { z } from 'zod';
import type { Claimed } from '../domain/claim.ts';
import type { Events, Meta } from '../domain/events.ts';
import { changeAccount as decide } from '../domain/ownAccount.ts';
import { type User, users } from '../domain/user.ts';
import { claiming } from './claiming.ts';
import type { Wanted } from './claims.ts';
import { command, existing } from './command.ts';
import { confirm } from './confirm.ts';
import type { Origin } from './context.ts';
import type { Core } from './core.ts';
import { contactPhone, currentPassword, email, phone, username } from './fields.ts';
import { displayName, profile, timeZone } from './profileFields.ts';
import { usePicture } from './useFile.ts';

const ChangeAccount = z
  .strictObject({
    email: email.nullable(),
    username: username.nullable(),
    phone: phone.nullable(),
    contactPhone: contactPhone.nullable(),
    ...profile,
    displayName,
    timeZone,
    current: currentPassword,
  })
  .partial();

/** The names that a change claims, and the decision about it, once it is confirmed. @throws as the command */
export const accountChange = async (
  core: Core,
  meta: Meta,
  origin: Origin,
  actor: User,
  { email, username, phone, contactPhone, current, displayName, timeZone, ...changed }: z.output<typeof ChangeAccount>,
) => {
  const { names } = actor;
  const called = { displayName, timeZone };
  const changes = { email, username, phone: phone === undefined ? contactPhone : phone, ...called, profile: changed };
  const isReachedElsewhere = (['email', 'phone'] as const).some(
    (kind) => changes[kind] !== undefined && changes[kind] !== names[kind],
  );
  const confirmed = isReachedElsewhere ? await confirm(core, origin, actor, current) : undefined;
  const newNames = { email, username, phone };
  const wanted = (['email', 'username', 'phone'] as const).flatMap((kind): Wanted[] => {
    const name = newNames[kind];
    // The present phone may be a contact phone, which is nobody's alone.
    const isOwn = name === names[kind] && kind !== 'phone';
    return name == null || isOwn ? [] : [{ kind, name, field: kind }];
  });
  // Whoever asks for a name learns whether it is taken, as by registering.
  if (wanted.length > 0) core.limits.count({ registrations: 1 }, origin);
  await usePicture(core, meta, actor, { field: 'avatar', address: changed.avatar }, actor.profile.avatar);
  const change = (user: User, claimed: readonly Claimed[]): Events =>
    decide(confirmed?.(user) ?? user, changes, claimed);
  return { wanted, change };
};

export const changeAccount = command({
  input: ChangeAccount,
  refuses: [
    'confirmation-required',
    'confirmation-wrong',
    'email-taken',
    'username-taken',
    'phone-taken',
    'username-confusable',
    'username-misleading',
    'name-required',
    'user-unknown',
    'file-unknown',
  ],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, wish, { actor, origin }) => {
    const { wanted, change } = await accountChange(core, meta, origin, actor, wish);
    return claiming(core, meta, actor.userId, wanted, (claimed) =>
      core.ledger.transact(users, actor.userId, meta, (user) => change(user, claimed)),
    );
  },
});
