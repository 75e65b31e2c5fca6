// Which members can manage a group, and whom it passes to when its owners go.

import type { Conversation } from './conversation.ts';
import { type Members, memberRoles } from './members.ts';
import { isActive, type User } from './user.ts';

/**
 * Members who cannot manage a group. `away`: nobody can sign in to the account at present. Only the members whom
 * the decision may need were looked at; a member who is not named here can manage it.
 */
export type Absences = ReadonlyMap<string, 'away' | 'deleted'>;

export const nobody: Absences = new Map();

/** Can somebody sign in to the account, be it with a new password that a mailed link sets? Imported people never do. */
export const isReachable = (user: User): boolean => {
  const { passwordHash, names } = user;
  return isActive(user) && (passwordHash !== null || names.externalId !== null || names.email !== null);
};

/** How the account counts among the absences. Undefined: it can manage a group. */
export const absenceOf = (user: User): 'away' | 'deleted' | undefined => {
  if (isReachable(user)) return undefined;
  return user.status === 'registered' ? 'away' : 'deleted';
};

export const isManaged = ({ members }: Conversation, absences: Absences, without?: string): boolean =>
  members.owners.keys().some((userId) => userId !== without && !absences.has(userId));

/** The first of these members to own the group: by role, then who has been in it longest. */
const firstOf = (members: Members, isOne: (userId: string) => boolean): string | undefined => {
  const some = [...members].filter(([userId]) => isOne(userId));
  for (const role of memberRoles) {
    const found = some.find((member) => member[1] === role);
    if (found !== undefined) return found[0];
  }
  return undefined;
};

/** The member who can manage the group once `userId` does not. Undefined: an owner can, or nobody. */
export const heirOf = (state: Conversation, userId: string, absences: Absences): string | undefined =>
  isManaged(state, absences, userId)
    ? undefined
    : firstOf(state.members, (other) => other !== userId && !absences.has(other));

/** If nobody can manage it at present, somebody who may come back. */
export const lastHeirOf = ({ members }: Conversation, userId: string, absences: Absences): string | undefined => {
  const mayComeBack = (other: string): boolean => other !== userId && absences.get(other) !== 'deleted';
  if (members.owners.keys().some(mayComeBack)) return undefined;
  return firstOf(members, mayComeBack);
};
