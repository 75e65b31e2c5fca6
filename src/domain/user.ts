// A user's account: names, profile, password, roles, key, deletion. What its user decides about it is in `ownAccount.ts`.

import type { Account } from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Forfeited, withForfeited } from './claim.ts';
import type { DataOf, DomainEvent, Profile, Role } from './events.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';

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
