// The names of an account: which it holds, and which one others see.

import { type ClaimKind, claimedBy } from './names.ts';
import type { User } from './user.ts';

const nameFields = { email: 'email', username: 'username', phone: 'phone', external: 'externalId' } as const;
type UserClaimKind = keyof typeof nameFields;

/** The current name of `kind`. */
export const nameOf = (user: User, kind: UserClaimKind): string | null => user.names[nameFields[kind]];

/** Is `name` (in canonical form) a name of this account, or kept from others by one? Otherwise the claim on it is stale. */
export const holds = (user: User, kind: ClaimKind, name: string): boolean => {
  if (user.status !== 'registered' || !(kind in nameFields)) return false;
  const own = nameOf(user, kind as UserClaimKind);
  return own !== null && claimedBy(kind, own).includes(name);
};

/** The name that other users see. */
export const displayName = (person: {
  readonly displayName?: string | null | undefined;
  readonly firstName: string;
  readonly lastName: string;
  readonly username: string | null;
}): string =>
  person.displayName ||
  [person.firstName, person.lastName].filter((part) => part !== '').join(' ') ||
  person.username ||
  'someone';
