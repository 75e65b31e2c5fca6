// Registers an account for the program itself: for an import, and for the users of an outside sign-on. `signUp` does it for
// strangers.

import { z } from 'zod';
import type { Claimed } from '../domain/claim.ts';
import type { Meta } from '../domain/events.ts';
import { LIMITS } from '../domain/limits.ts';
import { canonical } from '../domain/names.ts';
import { register } from '../domain/ownAccount.ts';
import { type User, users } from '../domain/user.ts';
import { claiming } from './claiming.ts';
import type { Wanted } from './claims.ts';
import { command, existing, wanted } from './command.ts';
import type { Core } from './core.ts';
import type { Target } from './declaration.ts';
import { contactPhone, email, id, password, phone, text, username } from './fields.ts';
import { newPassword } from './newPassword.ts';
import { profile } from './profileFields.ts';
import { useFilesAt } from './useFile.ts';

const RegisterUser = z.strictObject({
  email: email.nullable().default(null),
  username: username.nullable().default(null),
  phone: phone.nullable().default(null),
  contactPhone: contactPhone.nullable().default(null),
  /** At an outside sign-on: `<issuer>|<subject>`. */
  externalId: text(LIMITS.externalId).nullable().optional(),
  password: password.nullable().default(null),
  firstName: profile.firstName.default(''),
  lastName: profile.lastName.default(''),
  address: profile.address.default(null),
  nationalCode: profile.nationalCode.default(null),
  avatar: profile.avatar.default(null),
  /** Only for users of an outside sign-on. */
  userId: id.optional(),
});
export type RegisterUser = z.input<typeof RegisterUser>;

const namesIn = ({ email, username, phone, externalId = null }: z.output<typeof RegisterUser>) =>
  [
    { kind: 'email', name: email, field: 'email' },
    { kind: 'username', name: username, field: 'username' },
    { kind: 'phone', name: phone, field: 'phone' },
    { kind: 'external', name: externalId, field: 'externalId' },
  ] as const;

/** `admit`: called once nothing else refuses the account, just before it is recorded. */
export const registerAs = async (
  core: Core,
  meta: Meta,
  wish: z.output<typeof RegisterUser>,
  userId: string,
  address: string | null,
  admit: () => Promise<unknown> = async () => undefined,
) => {
  const { password, contactPhone, externalId = null, ...profile } = wish;
  const shown = { ...profile, externalId, phone: wish.phone ?? contactPhone };
  const names = namesIn(wish).filter((name): name is typeof name & Wanted => name.name !== null);
  const decide = (passwordHash: string | null, number: number, claimed: readonly Claimed[]) => (user: User) =>
    register(user, { ...shown, userId, number, passwordHash }, claimed);
  // If the rules refuse the account anyway, refuse before claiming names and hashing the password.
  const present = await core.ledger.load(users, userId);
  if (present.status === 'unknown') decide(null, 1, [])(present);
  const hash = password === null ? undefined : await newPassword(core, password, address);
  return claiming(core, meta, userId, names, async (claimed) => {
    const passwordHash = hash === undefined ? null : await hash();
    const number = await core.numbers.next('user');
    await useFilesAt(core, meta, [wish.avatar]);
    await admit();
    return core.ledger.transact(users, userId, meta, decide(passwordHash, number, claimed));
  });
};

export const targetOf = (wish: z.output<typeof RegisterUser>): Target =>
  wish.userId === undefined
    ? wanted(users, 'account', ...namesIn(wish).map(({ kind, name }) => name && canonical(kind, name)))
    : existing(users, wish.userId);

export const registerUser = command({
  input: RegisterUser,
  access: 'public',
  refuses: [
    'email-taken',
    'username-taken',
    'phone-taken',
    'external-identity-taken',
    'username-confusable',
    'username-misleading',
    'name-required',
    'password-too-common',
    'password-too-short',
  ],
  costs: { registrations: 1 },
  target: targetOf,
  makes: (userId) => ({ userId }),
  carryOut: (core, meta, wish, { userId, origin }) => registerAs(core, meta, wish, userId, origin.address),
});
