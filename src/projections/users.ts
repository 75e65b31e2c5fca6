// Accounts without their secrets, and the owners of keys.

import type { Account } from '../domain/accessFacts.ts';
import { type DataOf, type Role, roles } from '../domain/events.ts';
import { searchable } from '../domain/names.ts';
import { deletedProfile, noNames } from '../domain/user.ts';
import { changesOf, type Projection } from './projection.ts';

export interface UserDoc extends Readonly<Omit<DataOf<'UserRegistered'>, 'userId' | 'passwordHash'>> {
  readonly id: string;
  /** The e-mail address, once the account has proved that it is its own. */
  readonly verifiedEmail: string | null;
  /** Whether it sees the desks that others open under its address. */
  readonly acceptsDesks: boolean;
  readonly showsReceipts: boolean;
  readonly isAdmin: boolean;
  readonly isStaff: boolean;
  readonly isAuditor: boolean;
  /** The outside sign-on that the account comes from calls it a superuser. That gives no rights here. */
  readonly outsideSuperuser: boolean;
  readonly deleted: boolean;
  readonly suspended: boolean;
  /** As it chose to be called. */
  readonly displayName?: string | null;
  /** An IANA name. */
  readonly timeZone?: string | null;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
  /** Empty if there is no username. */
  readonly usernameKey: string;
}

const { put, patch } = changesOf('users');

const erased = {
  ...noNames,
  ...deletedProfile,
  verifiedEmail: null,
  usernameKey: '',
  displayName: null,
  timeZone: null,
};
const noRank = { isAdmin: false, isStaff: false, isAuditor: false, outsideSuperuser: false };
const roleField = { admin: 'isAdmin', staff: 'isStaff', auditor: 'isAuditor' } as const;

export const rolesOf = (user: Pick<UserDoc, (typeof roleField)[Role]>): readonly Role[] =>
  roles.filter((role) => user[roleField[role]]);

/** May somebody be signed in to the account? */
export const isActive = ({ deleted, suspended }: Pick<UserDoc, 'deleted' | 'suspended'>): boolean =>
  !deleted && !suspended;

export const accountOf = (user: UserDoc): Account => ({
  userId: user.id,
  verifiedEmail: user.verifiedEmail,
  acceptsDesks: user.acceptsDesks,
  showsReceipts: user.showsReceipts,
  roles: rolesOf(user),
  deleted: !isActive(user),
});

const usernameKey = (username: string | null): string => (username === null ? '' : searchable(username));

export const users: Projection = {
  collection: {
    name: 'users',
    indexes: [
      { fields: ['deleted'], sort: 'number' },
      { fields: ['number'], sort: 'id' },
      { fields: ['deleted'], sort: 'usernameKey' },
    ],
  },
  on: {
    UserRegistered: ({ data: { userId, passwordHash: _, ...data }, at }) => [
      put({
        ...data,
        id: userId,
        verifiedEmail: null,
        acceptsDesks: true,
        showsReceipts: true,
        ...noRank,
        deleted: false,
        suspended: false,
        createdAt: at,
        lastLoginAt: null,
        usernameKey: usernameKey(data.username),
      }),
    ],
    ProfileChanged: ({ data }) => [patch(data.userId, data.changes)],
    DisplayNameChanged: ({ data: { userId, displayName } }) => [patch(userId, { displayName })],
    TimeZoneChanged: ({ data: { userId, timeZone } }) => [patch(userId, { timeZone })],
    EmailChanged: ({ data: { userId, email } }) => [patch(userId, { email, verifiedEmail: null })],
    EmailVerified: ({ data: { userId, email } }) => [patch(userId, { verifiedEmail: email })],
    DesksRefused: ({ data: { userId } }) => [patch(userId, { acceptsDesks: false })],
    DesksAccepted: ({ data: { userId } }) => [patch(userId, { acceptsDesks: true })],
    ReceiptsWithheld: ({ data: { userId } }) => [patch(userId, { showsReceipts: false })],
    ReceiptsShown: ({ data: { userId } }) => [patch(userId, { showsReceipts: true })],
    UsernameChanged: ({ data: { userId, username } }) => [
      patch(userId, { username, usernameKey: usernameKey(username) }),
    ],
    PhoneChanged: ({ data: { userId, phone } }) => [patch(userId, { phone })],
    RoleGranted: ({ data: { userId, role } }) => [patch(userId, { [roleField[role]]: true })],
    RoleRevoked: ({ data: { userId, role } }) => [patch(userId, { [roleField[role]]: false })],
    OutsideRankChanged: ({ data: { userId, superuser } }) => [patch(userId, { outsideSuperuser: superuser })],
    // Nobody signs in when a bot gets a token.
    SessionOpened: ({ data: { userId, bot }, at }) => (bot ? [] : [patch(userId, { lastLoginAt: at })]),
    LoggedIn: ({ data: { userId }, at }) => [patch(userId, { lastLoginAt: at })],
    UserSuspended: ({ data: { userId } }) => [patch(userId, { suspended: true })],
    UserReinstated: ({ data: { userId } }) => [patch(userId, { suspended: false })],
    PersonErased: ({ data: { userId } }) => [patch(userId, erased)],
    UserDeleted: ({ data: { userId } }) => [patch(userId, { ...erased, ...noRank, deleted: true })],
  },
};

export interface KeyDoc {
  /** The hash of the key. */
  readonly id: string;
  readonly userId: string;
}

const ofKeys = changesOf('keys');

export const keys: Projection = {
  collection: { name: 'keys', indexes: [] },
  on: {
    KeyIssued: ({ data: { keyHash, userId } }) => [ofKeys.put({ id: keyHash, userId })],
    KeyRevoked: ({ data: { keyHash } }) => [ofKeys.remove(keyHash)],
  },
};
