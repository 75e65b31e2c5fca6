// A conversation: a group, a room, a direct chat or a desk, and who is in it. Its messages lie in another stream.

import { type ConversationFacts, mayRead, mayWrite, type Reader, type Standing } from './access.ts';
import type { Aggregate } from './aggregate.ts';
import { type Claimed, checkClaims, type Forfeited, withForfeited } from './claim.ts';
import type { DataOf, DomainEvent } from './events.ts';
import { streams } from './events.ts';
import { checkTexts } from './limits.ts';
import { canonical } from './names.ts';
import { Refused } from './refused.ts';
import type { User } from './user.ts';

export interface Conversation extends ConversationFacts {
  readonly conversationId: string;
  readonly number: number;
  readonly exists: boolean;
  readonly name: string;
  readonly slug: string | null;
  readonly described: DataOf<'ConversationDescribed'>['changes'];
  readonly openedBy: string | null;
  readonly userIds: readonly string[];
  readonly forfeited: Forfeited;
  /** In the order of joining. */
  readonly members: Map<string, 'owner' | 'member'>;
}

const nowhere = (): Conversation => ({
  exists: false,
  conversationId: '',
  number: 0,
  kind: 'group',
  public: false,
  visitorEmail: null,
  name: '',
  slug: null,
  described: {},
  openedBy: null,
  userIds: [],
  forfeited: {},
  members: new Map(),
});

const withMember = (state: Conversation, userId: string, role: 'owner' | 'member'): Conversation => {
  state.members.set(userId, role);
  return state;
};

const withoutMember = (state: Conversation, userId: string): Conversation => {
  state.members.delete(userId);
  return state;
};

const evolve = (state: Conversation, event: DomainEvent): Conversation => {
  switch (event.type) {
    case 'GroupCreated': {
      const { conversationId, number, name, slug, description, picture, ownerId } = event.data;
      return {
        ...state,
        exists: true,
        conversationId,
        number,
        kind: 'group',
        public: event.data.public,
        name,
        slug,
        described: { name, description, picture },
        members: new Map([[ownerId, 'owner']]),
      };
    }
    case 'RoomOpened': {
      const { conversationId, number, name, description, picture, capacity, link, openedBy } = event.data;
      return {
        ...state,
        exists: true,
        conversationId,
        number,
        kind: 'room',
        public: true,
        name,
        described: { name, description, picture, capacity, link },
        openedBy,
      };
    }
    case 'DirectChatStarted':
      return {
        ...state,
        exists: true,
        conversationId: event.data.conversationId,
        number: event.data.number,
        kind: 'direct',
        userIds: event.data.userIds,
        members: new Map(event.data.userIds.map((userId) => [userId, 'member'])),
      };
    case 'DeskOpened':
      return {
        ...state,
        exists: true,
        conversationId: event.data.conversationId,
        number: event.data.number,
        kind: 'desk',
        visitorEmail: canonical('email', event.data.visitorEmail),
      };
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

export const readerOf = (state: Conversation, user: User): Reader => ({
  standing: standingOf(state, user.userId),
  email: user.names.email === null ? null : canonical('email', user.names.email),
  isStaff: user.roles.includes('staff') || user.roles.includes('admin'),
});

/** Missing and forbidden look the same. @throws Refused `conversation-unknown` */
const visible = (state: Conversation, user: User): Conversation => {
  if (!state.exists || !mayRead(state, readerOf(state, user))) throw new Refused('conversation-unknown');
  return state;
};

/** @throws Refused who may not write here; `conversation-unknown` to who may not even read. */
export const writable = (state: Conversation, user: User): Conversation => {
  if (!mayWrite(visible(state, user), readerOf(state, user))) throw new Refused('not-a-member');
  return state;
};

const owned = (state: Conversation, user: User): Conversation => {
  if (visible(state, user).kind !== 'group') throw new Refused('cannot-add-to-this-kind');
  if (standingOf(state, user.userId) === 'none') throw new Refused('not-a-member');
  if (standingOf(state, user.userId) !== 'owner') throw new Refused('not-an-owner');
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

/** An owner adds anybody to a group. */
export const addMember = (state: Conversation, by: User, userId: string): readonly DomainEvent[] => {
  const { conversationId, members } = owned(state, by);
  if (members.has(userId)) return [];
  return [{ type: 'MemberAdded', data: { conversationId, userId, role: 'member', addedBy: by.userId } }];
};

/** An owner removes anybody but themselves; who wants to go leaves. */
export const removeMember = (state: Conversation, by: User, userId: string): readonly DomainEvent[] => {
  if (userId === by.userId) return leave(state, by);
  const { conversationId, members } = owned(state, by);
  if (!members.has(userId)) return [];
  return [{ type: 'MemberRemoved', data: { conversationId, userId, removedBy: by.userId } }];
};

export const join = (state: Conversation, user: User): readonly DomainEvent[] => {
  const { kind, conversationId, members } = visible(state, user);
  if (members.has(user.userId) || kind === 'room') return [];
  if (kind !== 'group') throw new Refused('cannot-add-to-this-kind');
  const { userId } = user;
  return members.size === 0
    ? [{ type: 'MemberAdded', data: { conversationId, userId, role: 'owner', addedBy: userId } }]
    : [{ type: 'MemberJoined', data: { conversationId, userId } }];
};

/** When the last owner leaves, the group passes to whoever has been in it longest. */
export const leave = (state: Conversation, user: User): readonly DomainEvent[] => {
  const { kind, conversationId, members } = visible(state, user);
  const { userId } = user;
  if (kind === 'direct' || kind === 'desk') throw new Refused('cannot-leave-this-kind');
  if (!members.has(userId)) return [];
  const others = [...members].filter(([other]) => other !== userId);
  const heir = others.some(([, role]) => role === 'owner') ? undefined : others[0]?.[0];
  const left: DomainEvent = { type: 'MemberLeft', data: { conversationId, userId } };
  return heir === undefined ? [left] : [{ type: 'OwnershipPassed', data: { conversationId, userId: heir } }, left];
};

/** An owner describes a group; a room, which has no members, is described by who opened it and by staff. */
export const describeConversation = (
  state: Conversation,
  by: User,
  changes: DataOf<'ConversationDescribed'>['changes'],
): readonly DomainEvent[] => {
  visible(state, by);
  const may =
    state.kind === 'room'
      ? state.openedBy === by.userId || readerOf(state, by).isStaff
      : standingOf(state, by.userId) === 'owner';
  if (!may) throw new Refused('not-an-owner');
  checkTexts(changes);
  const changed = Object.entries(changes).filter(
    ([field, value]) => value !== undefined && value !== state.described[field as keyof typeof changes],
  );
  if (changed.length === 0) return [];
  return [
    {
      type: 'ConversationDescribed',
      data: { conversationId: state.conversationId, changes: Object.fromEntries(changed) },
    },
  ];
};
