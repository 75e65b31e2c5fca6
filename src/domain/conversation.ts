// A conversation: a group, a room, a direct chat or a desk. Its beginning is decided in `createConversation.ts`, who comes and
// goes in `membership.ts`; its messages lie in another stream.

import { type ConversationFacts, factsOf, unknownConversation } from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Attitude, attitudeIn } from './attitude.ts';
import { type Forfeited, withForfeited } from './claim.ts';
import type { DataOf, DomainEvent } from './events.ts';
import { type MemberRole, Members } from './members.ts';
import { claimedBy } from './names.ts';
import { PersistentMap } from './persistentMap.ts';
import { streams } from './streams.ts';

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
  /** Members who only read, and left since. */
  readonly formerReaders: PersistentMap<true>;
  /** By account: how it treats the desk, if not as an open one. */
  readonly attitudes: ReadonlyMap<string, Attitude>;
  /** Of a desk: its visitor was erased. */
  readonly visitorErased: boolean;
}

const nowhere: Conversation = {
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
  formerReaders: PersistentMap.empty,
  attitudes: new Map(),
  visitorErased: false,
};

type Creation = Extract<DomainEvent, { type: 'GroupCreated' | 'RoomOpened' | 'DirectChatStarted' | 'DeskOpened' }>;

const created = (state: Conversation, event: Creation): Conversation => ({
  ...state,
  ...factsOf(event),
  exists: true,
  conversationId: event.data.conversationId,
  number: event.data.number,
});

/** With a role from here on, whatever the user was when it left: who is to read only again is given that role next. */
const withRole = (state: Conversation, userId: string, role: MemberRole, upTo?: number): Conversation => ({
  ...state,
  members: state.members.with(userId, role, upTo),
  formerReaders: state.formerReaders.without(userId),
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
    case 'VisitorErased':
      return { ...state, visitorEmail: '', visitorErased: true };
    case 'NameForfeited':
      return { ...state, forfeited: withForfeited(state.forfeited, event.data) };
    case 'SlugGiven':
      return { ...state, slug: event.data.slug };
    case 'ConversationDescribed': {
      const described = { ...state.described, ...event.data.changes };
      return { ...state, described, name: described.name ?? state.name };
    }
    case 'MemberAdded':
      return withRole(state, event.data.userId, event.data.role, event.data.upTo);
    case 'MemberJoined':
      return withRole(state, event.data.userId, 'member', event.data.upTo);
    case 'MemberLeft':
    case 'MemberRemoved': {
      const { userId } = event.data;
      const formerReaders =
        state.members.get(userId) === 'reader' ? state.formerReaders.with(userId, true) : state.formerReaders;
      return { ...state, members: state.members.without(userId), formerReaders };
    }
    case 'DeskMuted':
    case 'DeskLeft':
    case 'DeskBlocked':
    case 'DeskReopened':
      return { ...state, attitudes: new Map([...state.attitudes, [event.data.userId, attitudeIn(event)!]]) };
    case 'OwnershipPassed':
    case 'OwnerAppointed':
    case 'GroupTakenOver':
      return withRole(state, event.data.userId, 'owner');
    case 'OwnerDismissed':
      return { ...state, members: state.members.with(event.data.userId, 'member') };
    case 'RoleGiven':
      return withRole(state, event.data.userId, event.data.role);
    case 'PolicySet':
      return { ...state, policy: event.data.policy };
    default:
      return state;
  }
};

export const conversations: Aggregate<Conversation> = { stream: streams.conversation, initial: () => nowhere, evolve };

export const memberAdded = (data: DataOf<'MemberAdded'>): DomainEvent => ({ type: 'MemberAdded', data });

/** Is `name` (in canonical form) the name of this conversation, or kept from others by it? */
export const goesBy = (state: Conversation, kind: 'slug' | 'group', name: string): boolean => {
  const own = kind === 'slug' ? state.slug : state.kind === 'group' ? state.name : null;
  return state.exists && own !== null && claimedBy(kind, own).includes(name);
};
