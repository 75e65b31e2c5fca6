// A user's account: names, profile, password, roles, key, deletion.

import type { Account } from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Claimed, checkClaims, type Forfeited, withForfeited } from './claim.ts';
import type { DataOf, DomainEvent, Events, Profile, Role } from './events.ts';
import { checkTexts } from './limits.ts';
import { type ClaimKind, canonical, claimedBy } from './names.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { checkUsername } from './username.ts';

export type Names = Pick<DataOf<'UserRegistered'>, 'email' | 'username' | 'phone' | 'externalId'>;

export interface User {
  readonly status: 'unknown' | 'registered' | 'deleted';
  readonly userId: string;
  readonly number: number;
  readonly names: Names;
  /** The present e-mail address, once the account has proved that it is its own. */
  readonly verifiedEmail: string | null;
  readonly acceptsDesks: boolean;
  readonly showsReceipts: boolean;
  readonly alertWords: readonly string[];
  readonly profile: Profile;
  /** As it chose to be called. Null: by its other names. */
  readonly displayName: string | null;
  /** An IANA name. Null: unknown. */
  readonly timeZone: string | null;
  readonly passwordHash: string | null;
  /** An admin suspended the account: nobody can sign in to it. */
  readonly suspended: boolean;
  readonly roles: readonly Role[];
  /** The outside sign-on that the account comes from calls it a superuser. That gives no rights here. */
  readonly outsideSuperuser: boolean;
  /** Rises when all sessions end, for instance by a new password: those of earlier epochs are over. */
  readonly epoch: number;
  /** The one session of an earlier epoch that goes on: the user ended the others in it. */
  readonly keptSessionId: string | null;
  readonly keyGeneration: number;
  readonly keyHash: string | null;
  /** When the outside sign-on issued the newest token that the account is known to follow, in seconds since 1970. -1: unknown. */
  readonly outsideFollowedAt: number;
  /** Tokens that an outside sign-on issued up to here, in seconds since 1970, count no more. -1: all count. */
  readonly outsideEndedAt: number;
  /** Tokens of this second count all the same: the user ended the others with one of them. Null: none do. */
  readonly outsideKeptAt: number | null;
  /** ISO time at which the account got its key. */
  readonly keyIssuedAt: string;
  readonly forfeited: Forfeited;
  /** Its keys were destroyed, or will be in a moment. */
  readonly erased: boolean;
}

export const noNames: Names = { email: null, username: null, phone: null, externalId: null };
export const noProfile: Profile = { firstName: '', lastName: '', address: null, nationalCode: null, avatar: null };
/** What every API shows of a deleted account, in the place of its names. */
export const deletedProfile: Profile = { ...noProfile, firstName: 'Deleted account' };

const unknown: User = {
  status: 'unknown',
  userId: '',
  number: 0,
  names: noNames,
  verifiedEmail: null,
  acceptsDesks: true,
  showsReceipts: true,
  alertWords: [],
  profile: noProfile,
  displayName: null,
  timeZone: null,
  passwordHash: null,
  suspended: false,
  roles: [],
  outsideSuperuser: false,
  epoch: 0,
  keptSessionId: null,
  keyGeneration: 0,
  keyHash: null,
  outsideFollowedAt: -1,
  outsideEndedAt: -1,
  outsideKeptAt: null,
  keyIssuedAt: '',
  forfeited: {},
  erased: false,
};

const secondsOf = (at: string): number => Math.floor(Date.parse(at) / 1000);

export const rolesAfter = (
  roles: readonly Role[],
  { type, data: { role } }: Extract<DomainEvent, { type: 'RoleGranted' | 'RoleRevoked' }>,
): readonly Role[] => [...roles.filter((other) => other !== role), ...(type === 'RoleGranted' ? [role] : [])];

/** The clock of the sign-on may be ahead of ours: the token that the account follows ends as well. */
const endedOutside = (user: User, seconds: number, outsideKeptAt: number | null = null): User => ({
  ...user,
  outsideEndedAt: Math.max(user.outsideEndedAt, user.outsideFollowedAt, seconds),
  outsideKeptAt,
});

/** Every session ends, but that one. */
const nextEpoch = ({ epoch }: User, keptSessionId: string | null = null): Pick<User, 'epoch' | 'keptSessionId'> => ({
  epoch: epoch + 1,
  keptSessionId,
});

const evolve: Aggregate<User>['evolve'] = (user, event, { at }) => {
  switch (event.type) {
    case 'UserRegistered': {
      const { userId, number, email, username, phone, externalId, passwordHash, ...profile } = event.data;
      const names = { email, username, phone, externalId };
      return { ...user, status: 'registered', userId, number, names, passwordHash, profile };
    }
    case 'ProfileChanged':
      return { ...user, profile: { ...user.profile, ...(event.data.changes as Partial<Profile>) } };
    case 'DisplayNameChanged':
      return { ...user, displayName: event.data.displayName };
    case 'TimeZoneChanged':
      return { ...user, timeZone: event.data.timeZone };
    case 'EmailChanged':
      return { ...user, names: { ...user.names, email: event.data.email }, verifiedEmail: null };
    case 'EmailVerified':
      return { ...user, verifiedEmail: event.data.email };
    case 'DesksRefused':
    case 'DesksAccepted':
      return { ...user, acceptsDesks: event.type === 'DesksAccepted' };
    case 'ReceiptsWithheld':
    case 'ReceiptsShown':
      return { ...user, showsReceipts: event.type === 'ReceiptsShown' };
    case 'AlertWordsChosen':
      return { ...user, alertWords: event.data.words };
    case 'UsernameChanged':
    case 'PhoneChanged': {
      const { userId: _, ...changed } = event.data;
      return { ...user, names: { ...user.names, ...changed } };
    }
    case 'PasswordChanged': {
      const { passwordHash, keptSessionId } = event.data;
      return endedOutside({ ...user, passwordHash, ...nextEpoch(user, keptSessionId) }, secondsOf(at));
    }
    case 'SessionsEnded': {
      const { keptSessionId, keptOutsideAt } = event.data;
      return endedOutside({ ...user, ...nextEpoch(user, keptSessionId) }, secondsOf(at), keptOutsideAt);
    }
    case 'UserSuspended':
      return endedOutside({ ...user, suspended: true, ...nextEpoch(user) }, secondsOf(at));
    case 'UserReinstated':
      return { ...user, suspended: false };
    case 'PasswordRehashed':
      return { ...user, passwordHash: event.data.passwordHash };
    case 'RoleGranted':
    case 'RoleRevoked':
      return { ...user, roles: rolesAfter(user.roles, event) };
    case 'OutsideRankChanged':
      return { ...user, outsideSuperuser: event.data.superuser };
    case 'OutsideTokenFollowed':
      return { ...user, outsideFollowedAt: Math.max(user.outsideFollowedAt, event.data.issuedAt) };
    case 'KeyIssued':
      return { ...user, keyGeneration: event.data.generation, keyHash: event.data.keyHash, keyIssuedAt: at };
    case 'KeyRevoked':
      return { ...user, keyHash: null };
    case 'OutsideSignInsEnded':
      return endedOutside(user, event.data.issuedUpTo);
    case 'NameForfeited':
      return { ...user, forfeited: withForfeited(user.forfeited, event.data) };
    case 'UserDeleted':
      return {
        ...user,
        status: 'deleted',
        names: noNames,
        profile: deletedProfile,
        displayName: null,
        timeZone: null,
        verifiedEmail: null,
        alertWords: [],
        passwordHash: null,
        keyHash: null,
        roles: [],
        outsideSuperuser: false,
      };
    case 'PersonErased':
      return { ...user, erased: true };
    default:
      return user;
  }
};

export const users: Aggregate<User> = { stream: streams.user, initial: () => unknown, evolve };

/** May somebody be signed in to the account? */
export const isActive = ({ status, suspended }: User): boolean => status === 'registered' && !suspended;

export const accountOf = (user: User): Account => ({
  userId: user.userId,
  verifiedEmail: user.verifiedEmail,
  acceptsDesks: user.acceptsDesks,
  showsReceipts: user.showsReceipts,
  roles: user.roles,
  deleted: !isActive(user),
});

/** @throws Refused `user-unknown` if there is no such account, or it was deleted */
export const registered = (user: User): User => {
  if (user.status !== 'registered') throw new Refused('user-unknown');
  return user;
};

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

type ProfileChanges = DataOf<'ProfileChanged'>['changes'];

export const changeAccount = (
  user: User,
  changes: {
    readonly [Name in 'email' | 'username' | 'phone' | 'displayName' | 'timeZone']?: string | null | undefined;
  } & {
    readonly profile: ProfileChanges;
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

/**
 * Records what a token of the outside sign-on that the account comes from says of it, unless the account follows a newer one.
 * `issuedAt`: in seconds, by the clock of the sign-on, as `now` is by ours; 0: the token does not say it.
 */
export const followOutside = (
  user: User,
  profile: ProfileChanges,
  superuser: boolean,
  issuedAt: number,
  now: number,
): Events => {
  const { userId, outsideFollowedAt } = user;
  if (issuedAt > 0 && issuedAt < outsideFollowedAt) return [];
  const events = [...changeAccount(user, { profile }, [])];
  if (superuser !== user.outsideSuperuser) events.push({ type: 'OutsideRankChanged', data: { userId, superuser } });
  const isNews = events.length > 0 || outsideFollowedAt < 0 || issuedAt > now;
  if (issuedAt > Math.max(0, outsideFollowedAt) && isNews)
    events.push({ type: 'OutsideTokenFollowed', data: { userId, issuedAt } });
  return events;
};
