// Changes the names and the profile of one's own account.

import { z } from 'zod';
import { changeAccount as decide, users } from '../domain/user.ts';
import { claiming, type Wanted } from './claims.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';
import { contactPhone, email, phone, profile, username } from './fields.ts';

export const ChangeAccount = z.strictObject({
  email: email.nullable().optional(),
  username: username.nullable().optional(),
  phone: phone.nullable().optional(),
  contactPhone: contactPhone.nullable().optional(),
  firstName: profile.firstName.optional(),
  lastName: profile.lastName.optional(),
  address: profile.address.optional(),
  nationalCode: profile.nationalCode.optional(),
  avatar: profile.avatar.optional(),
});
export type ChangeAccount = z.input<typeof ChangeAccount>;

/** @throws Refused `email-taken`, `username-taken`, `phone-taken` (all that apply), `username-confusable`, `name-required`. */
export const changeAccount = command({
  input: ChangeAccount,
  target: (_, { actorId }) => existing(users, signedIn(actorId)),
  carryOut: async (core, meta, { email, username, phone, contactPhone, ...changed }) => {
    const { userId, names } = await actorOf(core, meta);
    const changes = {
      email,
      username,
      phone: phone === undefined ? contactPhone : phone,
      profile: dropUndefined(changed),
    };
    const wanted: Wanted[] = [];
    if (email != null && email !== names.email) wanted.push({ kind: 'email', name: email, field: 'email' });
    if (username != null && username !== names.username)
      wanted.push({ kind: 'username', name: username, field: 'username' });
    if (phone != null && phone !== names.phone) wanted.push({ kind: 'phone', name: phone, field: 'phone' });
    return claiming(core, meta, userId, wanted, (claimed) =>
      core.ledger.transact(users, userId, meta, (user) => decide(user, changes, claimed)),
    );
  },
});

const dropUndefined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
