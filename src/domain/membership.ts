// Who comes into a conversation and who goes, and who owns a group. A group that has a member who can manage it is never
// left without one: whoever goes passes it on.

import { check, may } from './access.ts';
import { readerOf, visitor } from './accessFacts.ts';
import { type Conversation, memberAdded } from './conversation.ts';
import { permitted, readerIn } from './conversationAccess.ts';
import type { DataOf, DomainEvent, Events } from './events.ts';
import { type Absences, heirOf, isManaged, isReachable, lastHeirOf, nobody } from './heirs.ts';
import { Refused } from './refused.ts';
import { treatDesk } from './treatDesk.ts';
import type { User } from './user.ts';

const passedTo = ({ conversationId }: Conversation, userId: string | undefined): Events =>
  userId === undefined ? [] : [{ type: 'OwnershipPassed', data: { conversationId, userId } }];

const gone = (state: Conversation, userId: string, absences: Absences): Events => {
  const { kind, conversationId } = state;
  const heir = heirOf(state, userId, absences) ?? lastHeirOf(state, userId, absences);
  const left: DomainEvent = { type: 'MemberLeft', data: { conversationId, userId } };
  return kind === 'group' ? [...passedTo(state, heir), left] : [left];
};

/** Whoever was a reader when it left the group is one again: nobody gets more rights by leaving. */
const asBefore = ({ conversationId, formerReaders }: Conversation, userId: string): Events =>
  formerReaders.has(userId)
    ? [{ type: 'RoleGiven', data: { conversationId, userId, role: 'reader', givenBy: null } }]
    : [];

type GivenRole = DataOf<'RoleGiven'>['role'];

/** What everybody is who joins. */
const PLAIN = 'member';

/**
 * Owners may give the new member another role at once. `upTo`: how many messages the conversation has: the new member has
 * nothing to catch up on.
 */
export const addMember = (
  state: Conversation,
  by: User,
  userId: string,
  upTo: number,
  role: GivenRole = PLAIN,
): Events => {
  const { conversationId, members } = permitted(state, by, 'addMember');
  if (role !== PLAIN) permitted(state, by, 'giveRole');
  if (members.has(userId)) return [];
  const added = memberAdded({ conversationId, userId, role: PLAIN, addedBy: by.userId, upTo });
  if (role === PLAIN) return [added, ...asBefore(state, userId)];
  return [added, { type: 'RoleGiven', data: { conversationId, userId, role, givenBy: by.userId } }];
};

/** By an owner. An owner stays an owner: others dismiss it first. */
export const giveRole = (state: Conversation, by: User, userId: string, role: GivenRole): Events => {
  const { conversationId, members } = permitted(state, by, 'giveRole');
  const before = members.get(userId);
  if (before === undefined) throw new Refused('user-unknown', 'userId');
  if (members.owners.has(userId)) throw new Refused('is-an-owner', 'userId');
  return before === role ? [] : [{ type: 'RoleGiven', data: { conversationId, userId, role, givenBy: by.userId } }];
};

/** Whoever joins a group that nobody can manage owns it. `upTo`: as of `addMember`. */
export const join = (state: Conversation, user: User, upTo: number, absences = nobody): Events => {
  const { kind, conversationId, members } = permitted(state, user, 'join');
  const { userId } = user;
  if (members.has(userId) || kind === 'room') return [];
  return isManaged(state, absences) || (members.size > 0 && !isReachable(user))
    ? [{ type: 'MemberJoined', data: { conversationId, userId, upTo } }, ...asBefore(state, userId)]
    : [memberAdded({ conversationId, userId, role: 'owner', addedBy: userId, upTo })];
};

export const leave = (state: Conversation, user: User, absences = nobody): Events => {
  const { kind, members } = permitted(state, user, 'leave');
  if (kind === 'desk') return treatDesk(state, user, 'left');
  return members.has(user.userId) ? gone(state, user.userId, absences) : [];
};

/** A member that removes itself leaves. */
export const removeMember = (state: Conversation, by: User, userId: string, absences = nobody): Events => {
  if (userId === by.userId) return leave(state, by, absences);
  const { conversationId, members } = permitted(state, by, 'removeMember');
  const role = members.get(userId);
  if (role === undefined) return [];
  // Whoever moderates the group is removed by owners alone.
  if (may(readerOf(visitor, role), 'moderate', state)) permitted(state, by, 'giveRole');
  return [{ type: 'MemberRemoved', data: { conversationId, userId, removedBy: by.userId } }];
};

/** Makes a user an owner, and a member where it is none. `upTo`: as of `addMember`. */
export const appointOwner = (state: Conversation, by: User, userId: string, upTo: number): Events => {
  const { conversationId, members } = permitted(state, by, 'appointOwner');
  if (members.owners.has(userId)) return [];
  if (!members.has(userId)) return [memberAdded({ conversationId, userId, role: 'owner', addedBy: by.userId, upTo })];
  return [{ type: 'OwnerAppointed', data: { conversationId, userId, appointedBy: by.userId } }];
};

/** The owner stays a member. */
export const dismissOwner = (state: Conversation, by: User, userId: string, absences = nobody): Events => {
  const { conversationId, members } = permitted(state, by, 'dismissOwner');
  if (!members.owners.has(userId)) return [];
  if (!isManaged(state, absences, userId)) throw new Refused('last-owner', 'userId');
  return [{ type: 'OwnerDismissed', data: { conversationId, userId, dismissedBy: by.userId } }];
};

/** An admin becomes an owner of a group, and a member where it is none, whoever owns it. `upTo`: as of `addMember`. */
export const takeOver = (state: Conversation, admin: User, upTo: number): Events => {
  check(readerIn(state, admin), 'takeOver', state);
  if (!state.exists) throw new Refused('conversation-unknown');
  const { conversationId, members } = state;
  const { userId } = admin;
  if (members.owners.has(userId)) return [];
  const taken: DomainEvent = { type: 'GroupTakenOver', data: { conversationId, userId } };
  return members.has(userId)
    ? [taken]
    : [memberAdded({ conversationId, userId, role: 'member', addedBy: userId, upTo }), taken];
};

/** A deleted account leaves; a suspended one stays, and an owner that can manage the group stands beside it. */
export const succeed = (state: Conversation, { userId, status, suspended }: User, absences: Absences): Events => {
  const { members } = state;
  if (status === 'deleted') return members.has(userId) ? gone(state, userId, absences) : [];
  return suspended && members.owners.has(userId) ? passedTo(state, heirOf(state, userId, absences)) : [];
};
