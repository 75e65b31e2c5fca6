// What an admin does to an account: its roles, its sessions, its suspension; and its deletion.

import { revokeKey } from './credentials.ts';
import type { Events, Role } from './events.ts';
import { registered, type User } from './user.ts';

const roleData = ({ userId }: User, role: Role, by: string | null) => ({
  userId,
  role,
  ...(by === null ? {} : { by }),
});

/** `by`: the admin; null: the command line. */
export const grantRole = (user: User, role: Role, by: string | null): Events =>
  registered(user).roles.includes(role) ? [] : [{ type: 'RoleGranted', data: roleData(user, role, by) }];

export const revokeRole = (user: User, role: Role, by: string | null): Events =>
  registered(user).roles.includes(role) ? [{ type: 'RoleRevoked', data: roleData(user, role, by) }] : [];

/** What goes on while all else ends, since its user asked with it: a session, the key, or what an outside sign-on issued. */
interface Kept {
  readonly sessionId: string | null;
  readonly key: boolean;
  /** In seconds: tokens that were issued then. */
  readonly outsideAt: number | null;
}

/** Ends the key, all sessions and all tokens of an outside sign-on. `kept`: default nothing. */
export const endSessions = (user: User, by: string | null, kept?: Kept): Events => {
  const { userId } = registered(user);
  const { sessionId = null, key = false, outsideAt = null } = kept ?? {};
  const goesOn = {
    ...(sessionId === null ? {} : { keptSessionId: sessionId }),
    ...(outsideAt === null ? {} : { keptOutsideAt: outsideAt }),
  };
  return [{ type: 'SessionsEnded', data: { userId, by, ...goesOn } }, ...(key ? [] : revokeKey(user))];
};

/** Ends the key, all sessions and all tokens of an outside sign-on for good. `by`: the admin; null: the command line. */
export const suspendUser = (user: User, by: string | null): Events =>
  registered(user).suspended ? [] : [{ type: 'UserSuspended', data: { userId: user.userId, by } }, ...revokeKey(user)];

export const reinstateUser = (user: User, by: string | null): Events =>
  registered(user).suspended ? [{ type: 'UserReinstated', data: { userId: user.userId, by } }] : [];

/** Deletes the account, and lets its keys be destroyed. `by`: null: the command line. */
export const erasePerson = (user: User, by: string | null): Events =>
  user.erased ? [] : [...deleteUser(user), { type: 'PersonErased', data: { userId: user.userId, by } }];

export const deleteUser = (user: User): Events =>
  user.status === 'deleted' ? [] : [...revokeKey(user), { type: 'UserDeleted', data: { userId: user.userId } }];
