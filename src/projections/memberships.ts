// The members of conversations, and how far users have read. Rooms and desks have no members, but readers.

import type { EventOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export interface MembershipDoc {
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly kind: 'group' | 'direct';
  readonly role: 'owner' | 'member';
  /** Position of the event by which the user joined: lists are in this order. */
  readonly since: number;
  readonly joinedAt: string;
}

const { put, patch, remove } = changesOf('memberships');

export const membershipId = (conversationId: string, userId: string): string => `${conversationId}:${userId}`;

type Joining = EventOf<'GroupCreated' | 'DirectChatStarted' | 'MemberAdded' | 'MemberJoined'>;

const member = (event: Joining, userId: string, kind: MembershipDoc['kind'], role: MembershipDoc['role']) => {
  const { conversationId } = event.data;
  const id = membershipId(conversationId, userId);
  return put({ id, conversationId, userId, kind, role, since: event.position, joinedAt: event.at });
};

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
      { fields: ['userId'], sort: 'since' },
      { fields: ['userId', 'kind'], sort: 'since' },
    ],
  },
  on: {
    GroupCreated: (event) => [member(event, event.data.ownerId, 'group', 'owner')],
    DirectChatStarted: (event) =>
      [...new Set(event.data.userIds)].map((userId) => member(event, userId, 'direct', 'member')),
    MemberAdded: (event) => [member(event, event.data.userId, 'group', event.data.role)],
    MemberJoined: (event) => [member(event, event.data.userId, 'group', 'member')],
    OwnershipPassed: owner,
    OwnerAppointed: owner,
    GroupTakenOver: owner,
    OwnerDismissed: ({ data: { conversationId, userId } }) => [
      patch(membershipId(conversationId, userId), { role: 'member' }),
    ],
    MemberLeft: gone,
    MemberRemoved: gone,
  },
};

/** How far a user has read a conversation: its members, and whoever else has marked something as read. */
export interface ReadDoc {
  /** As of a membership. */
  readonly id: string;
  readonly upTo: number;
}

const read = ({ data: { conversationId, userId, upTo } }: EventOf<'MessagesRead' | 'MemberAdded' | 'MemberJoined'>) => [
  changesOf('reads').put({ id: membershipId(conversationId, userId), upTo }),
];

export const reads: Projection = {
  collection: { name: 'reads', indexes: [] },
  on: {
    MessagesRead: read,
    MemberAdded: read,
    MemberJoined: read,
  },
};
