// Makes an account.

import { z } from 'zod';
import type { Claimed } from '../domain/claim.ts';
import { type ClaimKind, canonical } from '../domain/names.ts';
import { register, type User, users } from '../domain/user.ts';
import { claiming, type Wanted } from './claims.ts';
import { command, existing, wanted } from './command.ts';
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

const canonicalOf = (kind: ClaimKind, name: string | null): string | null =>
  name === null ? null : canonical(kind, name);

/** @throws Refused `email-taken`, `username-taken`, `phone-taken` (all that apply), `username-confusable`, `name-required`. */
export const registerUser = command({
  input: RegisterUser,
  target: ({ userId, email, username, phone, externalId }) =>
    userId === undefined
      ? wanted(
          users,
          'account',
          canonicalOf('email', email),
          canonicalOf('username', username),
          canonicalOf('phone', phone),
          canonicalOf('external', externalId),
        )
      : existing(users, userId),
  makes: (userId) => ({ userId }),
  carryOut: async (core, meta, { password, contactPhone, ...wish }, { userId }) => {
    const shown = { ...wish, phone: wish.phone ?? contactPhone };
    const names: Wanted[] = [];
    if (wish.email !== null) names.push({ kind: 'email', name: wish.email, field: 'email' });
    if (wish.username !== null) names.push({ kind: 'username', name: wish.username, field: 'username' });
    if (wish.phone !== null) names.push({ kind: 'phone', name: wish.phone, field: 'phone' });
    if (wish.externalId !== null) names.push({ kind: 'external', name: wish.externalId, field: 'externalId' });
    const decide = (passwordHash: string | null, number: number, claimed: readonly Claimed[]) => (user: User) =>
      register(user, { ...shown, userId, number, passwordHash }, claimed);
    // Before anything is claimed or hashed: would the rules refuse it anyway?
    const present = await core.ledger.load(users, userId);
    if (present.status === 'unknown') decide(null, 1, [])(present);
    return claiming(core, meta, userId, names, async (claimed) => {
      const passwordHash = password === null ? null : await core.passwords.hash(password);
      const number = await core.numbers.next('user');
      return core.ledger.transact(users, userId, meta, decide(passwordHash, number, claimed));
    });
  },
});
