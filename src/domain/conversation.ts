// A conversation: a group, a room, a direct chat or a desk, and who is in it. Its messages lie in another stream.

import { type Action, check } from './access.ts';
import {
  type ConversationFacts,
  factsOf,
  type Reader,
  readerOf,
  type Standing,
  unknownConversation,
} from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Claimed, checkClaims, type Forfeited, withForfeited } from './claim.ts';
import type { DataOf, DomainEvent } from './events.ts';
import { checkTexts } from './limits.ts';
import { type MemberRole, Members } from './members.ts';
import { canonical } from './names.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { accountOf, type User } from './user.ts';

export interface Conversation extends ConversationFacts {
  readonly conversationId: string;
  readonly number: number;
  readonly exists: boolean;
  readonly name: string;
  readonly slug: string | null;
  readonly described: DataOf<'ConversationDescribed'>['changes'];
  readonly userIds: readonly string[];
  readonly forfeited: Forfeited;
  readonly members: Members;
}

type Creation = Extract<DomainEvent, { type: 'GroupCreated' | 'RoomOpened' | 'DirectChatStarted' | 'DeskOpened' }>;

const nowhere = (): Conversation => ({
  exists: false,
  conversationId: '',
  number: 0,
  ...unknownConversation,
  name: '',
  slug: null,
  described: {},
  userIds: [],
  forfeited: {},
  members: Members.none,
});

const withMember = (state: Conversation, userId: string, role: MemberRole): Conversation => ({
  ...state,
  members: state.members.with(userId, role),
});

const withoutMember = (state: Conversation, userId: string): Conversation => ({
  ...state,
  members: state.members.without(userId),
});

const created = (state: Conversation, event: Creation): Conversation => ({
  ...state,
  ...factsOf(event),
  exists: true,
  conversationId: event.data.conversationId,
  number: event.data.number,
});

const evolve = (state: Conversation, event: DomainEvent): Conversation => {
  switch (event.type) {
    case 'GroupCreated': {
      const { name, slug, description, picture, ownerId } = event.data;
      const described = { name, description, picture };
      return { ...created(state, event), name, slug, described, members: Members.of('owner', [ownerId]) };
    }
    case 'RoomOpened': {
      const { name, description, picture, capacity, link } = event.data;
      return { ...created(state, event), name, described: { name, description, picture, capacity, link } };
    }
    case 'DirectChatStarted': {
      const { userIds } = event.data;
      return { ...created(state, event), userIds, members: Members.of('member', userIds) };
    }
    case 'DeskOpened':
      return created(state, event);
    case 'NameForfeited':
      return { ...state, forfeited: withForfeited(state.forfeited, event.data) };
    case 'SlugGiven':
      return { ...state, slug: event.data.slug };
    case 'ConversationDescribed':
      return {
        ...state,
        name: event.data.changes.name ?? state.name,
        described: { ...state.described, ...event.data.changes },
      };
    case 'MemberAdded':
      return withMember(state, event.data.userId, event.data.role);
    case 'MemberJoined':
      return withMember(state, event.data.userId, 'member');
    case 'MemberLeft':
    case 'MemberRemoved':
      return withoutMember(state, event.data.userId);
    case 'OwnershipPassed':
      return withMember(state, event.data.userId, 'owner');
    default:
      return state;
  }
};

export const conversations: Aggregate<Conversation> = { stream: streams.conversation, initial: nowhere, evolve };

export const standingOf = (state: Conversation, userId: string): Standing => state.members.get(userId) ?? 'none';

export const readerIn = (state: Conversation, user: User): Reader =>
  readerOf(accountOf(user), standingOf(state, user.userId));

/** The conversation, in which `user` may do `action`. @throws Refused */
export const permitted = (state: Conversation, user: User, action: Action): Conversation => {
  check(readerIn(state, user), action, state);
  return state;
};

const absent = (state: Conversation): void => {
  if (state.exists) throw new Refused('conflict');
};

export const createGroup = (
  state: Conversation,
  group: DataOf<'GroupCreated'>,
  members: readonly string[],
  claimed: readonly Claimed[],
): readonly DomainEvent[] => {
  absent(state);
  checkTexts(group);
  checkClaims(state.forfeited, claimed);
  const { conversationId, ownerId } = group;
  const others = [...new Set(members)].filter((userId) => userId !== ownerId);
  return [
    { type: 'GroupCreated', data: group },
    ...others.map(
      (userId): DomainEvent => ({
        type: 'MemberAdded',
        data: { conversationId, userId, role: 'member', addedBy: ownerId },
      }),
    ),
  ];
};

export const openRoom = (state: Conversation, room: DataOf<'RoomOpened'>): readonly DomainEvent[] => {
  absent(state);
  checkTexts(room);
  return [{ type: 'RoomOpened', data: room }];
};

/** Started once, from either side; a second start is nothing new. */
export const startDirectChat = (state: Conversation, chat: DataOf<'DirectChatStarted'>): readonly DomainEvent[] =>
  state.exists ? [] : [{ type: 'DirectChatStarted', data: chat }];

export const openDesk = (state: Conversation, desk: DataOf<'DeskOpened'>): readonly DomainEvent[] => {
  checkTexts(desk);
  return state.exists ? [] : [{ type: 'DeskOpened', data: desk }];
};

export const giveSlug = (state: Conversation, slug: string, claimed: readonly Claimed[]): readonly DomainEvent[] => {
  checkTexts({ slug });
  checkClaims(state.forfeited, claimed);
  return state.slug === slug ? [] : [{ type: 'SlugGiven', data: { conversationId: state.conversationId, slug } }];
};

/** Does this conversation go by `name` (in canonical form)? */
export const goesBy = (state: Conversation, kind: 'slug' | 'group', name: string): boolean => {
  const own = kind === 'slug' ? state.slug : state.kind === 'group' ? state.name : null;
  return state.exists && own !== null && canonical(kind, own) === name;
};

export const addMember = (state: Conversation, by: User, userId: string): readonly DomainEvent[] => {
  const { conversationId, members } = permitted(state, by, 'addMember');
  if (members.has(userId)) return [];
  return [{ type: 'MemberAdded', data: { conversationId, userId, role: 'member', addedBy: by.userId } }];
};

/** Whoever removes themselves leaves. */
export const removeMember = (state: Conversation, by: User, userId: string): readonly DomainEvent[] => {
  if (userId === by.userId) return leave(state, by);
  const { conversationId, members } = permitted(state, by, 'removeMember');
  if (!members.has(userId)) return [];
  return [{ type: 'MemberRemoved', data: { conversationId, userId, removedBy: by.userId } }];
};

export const join = (state: Conversation, user: User): readonly DomainEvent[] => {
  const { kind, conversationId, members } = permitted(state, user, 'join');
  if (members.has(user.userId) || kind === 'room') return [];
  const { userId } = user;
  return members.size === 0
    ? [{ type: 'MemberAdded', data: { conversationId, userId, role: 'owner', addedBy: userId } }]
    : [{ type: 'MemberJoined', data: { conversationId, userId } }];
};

/** When the last owner leaves, the group passes to whoever has been in it longest. */
export const leave = (state: Conversation, user: User): readonly DomainEvent[] => {
  const { conversationId, members } = permitted(state, user, 'leave');
  const { userId } = user;
  if (!members.has(userId)) return [];
  const hasOtherOwner = members.owners > Number(members.get(userId) === 'owner');
  const heir = hasOtherOwner ? undefined : [...members].find(([other]) => other !== userId)?.[0];
  const left: DomainEvent = { type: 'MemberLeft', data: { conversationId, userId } };
  return heir === undefined ? [left] : [{ type: 'OwnershipPassed', data: { conversationId, userId: heir } }, left];
};

export const describeConversation = (
  state: Conversation,
  by: User,
  changes: DataOf<'ConversationDescribed'>['changes'],
): readonly DomainEvent[] => {
  permitted(state, by, 'describe');
  checkTexts(changes);
  const changed = Object.entries(changes).filter(
    ([field, value]) => value !== undefined && value !== state.described[field as keyof typeof changes],
  );
  if (changed.length === 0) return [];
  const { conversationId } = state;
  return [{ type: 'ConversationDescribed', data: { conversationId, changes: Object.fromEntries(changed) } }];
};
