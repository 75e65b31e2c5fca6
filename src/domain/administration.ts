// What an admin does to an account: its roles, its sessions, its suspension.

import type { Events, Role } from './events.ts';
import { registered, revokeKey, type User } from './user.ts';

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

/** Ends the key and all sessions except `keptSessionId`. `keptKey`: the key goes on too, since `by` ended the others with it. */
export const endSessions = (
  user: User,
  by: string | null,
  { keptSessionId = null, keptKey = false }: { keptSessionId?: string | null; keptKey?: boolean } = {},
): Events => {
  const { userId } = registered(user);
  const kept = keptSessionId === null ? {} : { keptSessionId };
  return [{ type: 'SessionsEnded', data: { userId, by, ...kept } }, ...(keptKey ? [] : revokeKey(user))];
};

/** Ends the key and all sessions for good. `by`: the admin; null: the command line. */
export const suspendUser = (user: User, by: string | null): Events =>
  registered(user).suspended ? [] : [{ type: 'UserSuspended', data: { userId: user.userId, by } }, ...revokeKey(user)];

export const reinstateUser = (user: User, by: string | null): Events =>
  registered(user).suspended ? [{ type: 'UserReinstated', data: { userId: user.userId, by } }] : [];
