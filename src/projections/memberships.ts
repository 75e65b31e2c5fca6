// The members of conversations, and how far users have read. Rooms and desks have no members, but readers.

import type { EventOf } from '../domain/events.ts';
import type { MemberRole } from '../domain/members.ts';
import { changesOf, type Projection } from './projection.ts';

export interface MembershipDoc {
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly kind: 'group' | 'direct';
  readonly role: MemberRole;
  /** Position of the event by which the user joined: lists are in this order. */
  readonly since: number;
  readonly joinedAt: string;
  /** How many messages were there: see `seesAfter` in `domain/access.ts`. */
  readonly upTo: number;
}

const { put, patch, remove } = changesOf('memberships');

export const membershipId = (conversationId: string, userId: string): string => `${conversationId}:${userId}`;

type Joining = EventOf<'GroupCreated' | 'DirectChatStarted' | 'MemberAdded' | 'MemberJoined'>;

const begun = (event: Joining, userId: string, kind: MembershipDoc['kind'], role: MembershipDoc['role']) => {
  const { conversationId } = event.data;
  const id = membershipId(conversationId, userId);
  const upTo = 'upTo' in event.data ? event.data.upTo : 0;
  return { id, conversationId, userId, kind, role, since: event.position, joinedAt: event.at, upTo };
};

/** The memberships that begin with an event. */
const beginnings = {
  GroupCreated: (event: EventOf<'GroupCreated'>) => [begun(event, event.data.ownerId, 'group', 'owner')],
  DirectChatStarted: (event: EventOf<'DirectChatStarted'>) =>
    [...new Set(event.data.userIds)].map((userId) => begun(event, userId, 'direct', 'member')),
  MemberAdded: (event: EventOf<'MemberAdded'>) => [begun(event, event.data.userId, 'group', event.data.role)],
  MemberJoined: (event: EventOf<'MemberJoined'>) => [begun(event, event.data.userId, 'group', 'member')],
} as const;

const gone = ({ data: { conversationId, userId } }: EventOf<'MemberLeft' | 'MemberRemoved'>) => [
  remove(membershipId(conversationId, userId)),
];

const owner = ({ data }: EventOf<'OwnershipPassed' | 'OwnerAppointed' | 'GroupTakenOver'>) => [
  patch(membershipId(data.conversationId, data.userId), { role: 'owner' }),
];

export const memberships: Projection = {
  collection: {
    name: 'memberships',
    indexes: [
      { fields: ['conversationId'], sort: 'since' },
      { fields: ['conversationId', 'role'], sort: 'since' },
      { fields: ['userId'], sort: 'since' },
      { fields: ['userId', 'kind'], sort: 'since' },
    ],
  },
  on: {
    GroupCreated: (event) => beginnings.GroupCreated(event).map(put),
    DirectChatStarted: (event) => beginnings.DirectChatStarted(event).map(put),
    MemberAdded: (event) => beginnings.MemberAdded(event).map(put),
    MemberJoined: (event) => beginnings.MemberJoined(event).map(put),
    OwnershipPassed: owner,
    OwnerAppointed: owner,
    GroupTakenOver: owner,
    OwnerDismissed: ({ data: { conversationId, userId } }) => [
      patch(membershipId(conversationId, userId), { role: 'member' }),
    ],
    RoleGiven: ({ data: { conversationId, userId, role } }) => [patch(membershipId(conversationId, userId), { role })],
    MemberLeft: gone,
    MemberRemoved: gone,
  },
};

/** Every beginning of a membership, also of those that are over: where the past finds the conversations of a user. */
export type JoiningDoc = Pick<MembershipDoc, 'id' | 'conversationId' | 'userId' | 'kind' | 'since'>;

const joining = ({ id, conversationId, userId, kind, since }: MembershipDoc) =>
  changesOf('joinings').put({ id: `${id}:${since}`, conversationId, userId, kind, since });

export const joinings: Projection = {
  collection: {
    name: 'joinings',
    indexes: [
      { fields: ['userId'], sort: 'since' },
      { fields: ['userId', 'kind'], sort: 'since' },
    ],
  },
  on: {
    GroupCreated: (event) => beginnings.GroupCreated(event).map(joining),
    DirectChatStarted: (event) => beginnings.DirectChatStarted(event).map(joining),
    MemberAdded: (event) => beginnings.MemberAdded(event).map(joining),
    MemberJoined: (event) => beginnings.MemberJoined(event).map(joining),
  },
};

/** How far a user has read a conversation: its members, and whoever else has marked something as read. */
export interface ReadDoc {
  /** As of a membership. */
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly upTo: number;
  /** The furthest that the user had read, as `placeOf` writes it. */
  readonly place: string;
}

/** Sorts by how far, and tells users apart. Without a user: directly before all who have read as far. */
export const placeOf = (upTo: number, userId = ''): string => `${String(upTo).padStart(16, '0')} ${userId}`;

const read = ({ data }: EventOf<'MessagesRead' | 'MemberAdded' | 'MemberJoined'>) => {
  const { conversationId, userId, upTo } = data;
  const { furthest = upTo } = 'furthest' in data ? data : {};
  const id = membershipId(conversationId, userId);
  return [changesOf('reads').put({ id, conversationId, userId, upTo, place: placeOf(furthest, userId) })];
};

export const reads: Projection = {
  collection: { name: 'reads', indexes: [{ fields: ['conversationId'], sort: 'place' }] },
  on: {
    MessagesRead: read,
    MemberAdded: read,
    MemberJoined: read,
  },
};
