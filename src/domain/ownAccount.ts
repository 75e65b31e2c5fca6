// What users decide about their own account: to register, how it is called, and what it shows.

import { type Claimed, checkClaims } from './claim.ts';
import type { DataOf, DomainEvent, Events, Profile } from './events.ts';
import { checkTexts } from './limits.ts';
import { canonical } from './names.ts';
import { Refused } from './refused.ts';
import { registered, type User } from './user.ts';
import { checkUsername } from './username.ts';

/** `claimed`: the claims made for this registration's names. */
export const register = (user: User, registration: DataOf<'UserRegistered'>, claimed: readonly Claimed[]): Events => {
  if (user.status !== 'unknown') throw new Refused('conflict');
  checkTexts(registration);
  checkClaims(user.forfeited, claimed);
  const { email, username, externalId } = registration;
  checkUsername(username, email);
  if (email === null && username === null && externalId === null) throw new Refused('name-required', 'email');
  return [{ type: 'UserRegistered', data: registration }];
};

export const changeAccount = (
  user: User,
  changes: {
    readonly [Name in 'email' | 'username' | 'phone' | 'displayName' | 'timeZone']?: string | null | undefined;
  } & {
    readonly profile: DataOf<'ProfileChanged'>['changes'];
  },
  claimed: readonly Claimed[],
): Events => {
  const { userId, names, profile } = registered(user);
  checkTexts(changes);
  checkTexts(changes.profile);
  checkClaims(user.forfeited, claimed);
  const events: DomainEvent[] = [];
  const { email = names.email, username = names.username, phone = names.phone } = changes;
  if (email === null && username === null && names.externalId === null) throw new Refused('name-required', 'email');
  // Also for a new address: a username that is the old one would read like the address of whoever has it next.
  if (username !== names.username || email !== names.email) checkUsername(username, email);
  if (email !== names.email) events.push({ type: 'EmailChanged', data: { userId, email } });
  if (username !== names.username) events.push({ type: 'UsernameChanged', data: { userId, username } });
  if (phone !== names.phone) events.push({ type: 'PhoneChanged', data: { userId, phone } });
  const { displayName = user.displayName, timeZone = user.timeZone } = changes;
  if (displayName !== user.displayName) events.push({ type: 'DisplayNameChanged', data: { userId, displayName } });
  if (timeZone !== user.timeZone) events.push({ type: 'TimeZoneChanged', data: { userId, timeZone } });
  const changed = Object.entries(changes.profile).filter(
    ([field, value]) => value !== undefined && value !== profile[field as keyof Profile],
  );
  if (changed.length > 0)
    events.push({ type: 'ProfileChanged', data: { userId, changes: Object.fromEntries(changed) } });
  return events;
};

/** `email`: the address that was checked. The account may have changed it since. */
export const verifyEmail = (user: User, email: string): Events => {
  const { userId, names, verifiedEmail } = registered(user);
  if (names.email === null || canonical('email', names.email) !== canonical('email', email))
    throw new Refused('email-not-current', 'email');
  return verifiedEmail === null ? [{ type: 'EmailVerified', data: { userId, email: names.email } }] : [];
};

/** Whether the account sees the desks that others open under its e-mail address. */
export const acceptDesks = (user: User, accepted: boolean): Events => {
  const { userId, acceptsDesks } = registered(user);
  if (accepted === acceptsDesks) return [];
  return [{ type: accepted ? 'DesksAccepted' : 'DesksRefused', data: { userId } }];
};

/** Whether others are shown how far the account has read. Who withholds it sees no one else's. */
export const showReceipts = (user: User, shown: boolean): Events => {
  const { userId, showsReceipts } = registered(user);
  if (shown === showsReceipts) return [];
  return [{ type: shown ? 'ReceiptsShown' : 'ReceiptsWithheld', data: { userId } }];
};
