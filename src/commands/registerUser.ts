// Makes an account.

import { z } from 'zod';
import type { Claimed } from '../domain/claim.ts';
import type { Meta } from '../domain/events.ts';
import { register, type User, users } from '../domain/user.ts';
import { claiming, type Wanted } from './claims.ts';
import { type Core, type Done, idFor } from './core.ts';
import { contactPhone, email, id, password, phone, profile, text, username } from './fields.ts';

export const RegisterUser = z.strictObject({
  email: email.nullable().default(null),
  username: username.nullable().default(null),
  phone: phone.nullable().default(null),
  contactPhone: contactPhone.nullable().default(null),
  /** An identity of an outside sign-on, `<issuer>|<subject>`. */
  externalId: text(500).nullable().default(null),
  /** Without one, nobody signs in to the account with a password. */
  password: password.nullable().default(null),
  firstName: profile.firstName.default(''),
  lastName: profile.lastName.default(''),
  address: profile.address.default(null),
  nationalCode: profile.nationalCode.default(null),
  avatar: profile.avatar.default(null),
  /** Given only where an outside sign-on names its people. */
  userId: id.optional(),
});
export type RegisterUser = z.input<typeof RegisterUser>;

/** @throws Refused `email-taken`, `username-taken`, `phone-taken` (all that apply), `username-confusable`, `name-required`. */
export const registerUser = async (core: Core, meta: Meta, input: RegisterUser): Promise<Done & { userId: string }> => {
  const { password, contactPhone, userId = idFor(core, meta, 'user'), ...wish } = RegisterUser.parse(input);
  const shown = { ...wish, phone: wish.phone ?? contactPhone };
  const wanted: Wanted[] = [];
  if (wish.email !== null) wanted.push({ kind: 'email', name: wish.email, field: 'email' });
  if (wish.username !== null) wanted.push({ kind: 'username', name: wish.username, field: 'username' });
  if (wish.phone !== null) wanted.push({ kind: 'phone', name: wish.phone, field: 'phone' });
  if (wish.externalId !== null) wanted.push({ kind: 'external', name: wish.externalId, field: 'externalId' });
  const decide = (passwordHash: string | null, number: number, claimed: readonly Claimed[]) => (user: User) =>
    register(user, { ...shown, userId, number, passwordHash }, claimed);
  // Before anything is claimed or hashed: would the rules refuse it anyway?
  const present = await core.ledger.load(users, userId);
  if (present.status === 'unknown') decide(null, 1, [])(present);
  return claiming(core, meta, userId, wanted, async (claimed) => {
    const passwordHash = password === null ? null : await core.passwords.hash(password);
    const number = await core.numbers.next('user');
    const { position } = await core.ledger.transact(users, userId, meta, decide(passwordHash, number, claimed));
    return { userId, position };
  });
};
