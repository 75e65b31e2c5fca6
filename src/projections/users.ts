// Who there is. No secret of anybody's is in here.

import type { Account } from '../domain/accessFacts.ts';
import { type DataOf, type Role, roles } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import { changesOf, type Projection } from './projection.ts';

export interface UserDoc {
  readonly id: string;
  readonly number: number;
  readonly email: string | null;
  readonly username: string | null;
  readonly phone: string | null;
  readonly externalId: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly address: string | null;
  readonly nationalCode: string | null;
  readonly avatar: string | null;
  readonly isAdmin: boolean;
  readonly isStaff: boolean;
  readonly isAuditor: boolean;
  /** What the outside sign-on that the account comes from says; no right here. */
  readonly outsideSuperuser: boolean;
  readonly deleted: boolean;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
  readonly emailKey: string | null;
  /** Empty where there is no username. */
  readonly usernameKey: string;
}

const { put, patch } = changesOf('users');

const noRank = { isAdmin: false, isStaff: false, isAuditor: false, outsideSuperuser: false };
const roleField = { admin: 'isAdmin', staff: 'isStaff', auditor: 'isAuditor' } as const;

/** The roles that the account has. */
export const rolesOf = (user: Pick<UserDoc, (typeof roleField)[Role]>): readonly Role[] =>
  roles.filter((role) => user[roleField[role]]);

export const accountOf = ({ id: userId, email, deleted, ...flags }: UserDoc): Account => {
  return { userId, email, roles: rolesOf(flags), deleted };
};

const emailKey = (email: string | null): string | null => (email === null ? null : canonical('email', email));
const usernameKey = (username: string | null): string => (username === null ? '' : canonical('username', username));

const registered = ({ userId, passwordHash: _, ...data }: DataOf<'UserRegistered'>, at: string): UserDoc => ({
  ...data,
  id: userId,
  ...noRank,
  deleted: false,
  createdAt: at,
  lastLoginAt: null,
  emailKey: emailKey(data.email),
  usernameKey: usernameKey(data.username),
});

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
    UserRegistered: ({ data, at }) => [put({ ...registered(data, at) })],
    ProfileChanged: ({ data }) => [patch(data.userId, data.changes)],
    EmailChanged: ({ data: { userId, email } }) => [patch(userId, { email, emailKey: emailKey(email) })],
    UsernameChanged: ({ data: { userId, username } }) => [
      patch(userId, { username, usernameKey: usernameKey(username) }),
    ],
    PhoneChanged: ({ data: { userId, phone } }) => [patch(userId, { phone })],
    RoleGranted: ({ data: { userId, role } }) => [patch(userId, { [roleField[role]]: true })],
    RoleRevoked: ({ data: { userId, role } }) => [patch(userId, { [roleField[role]]: false })],
    OutsideRankChanged: ({ data: { userId, superuser } }) => [patch(userId, { outsideSuperuser: superuser })],
    SessionOpened: ({ data: { userId }, at }) => [patch(userId, { lastLoginAt: at })],
    LoggedIn: ({ data: { userId }, at }) => [patch(userId, { lastLoginAt: at })],
    UserDeleted: ({ data: { userId } }) => [
      patch(userId, {
        deleted: true,
        email: null,
        emailKey: null,
        username: null,
        usernameKey: '',
        phone: null,
        externalId: null,
        firstName: '',
        lastName: '',
        address: null,
        nationalCode: null,
        avatar: null,
        ...noRank,
      }),
    ],
  },
};
