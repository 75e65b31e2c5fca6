// In how many groups and direct chats each account is a member: by it the deleted accounts that still are in some are found.

import { changesOf, type Projection } from './projection.ts';

export interface SeatsDoc {
  /** Of the account. */
  readonly id: string;
  readonly number: number;
  readonly standing: 'active' | 'suspended' | 'deleted';
  readonly seats: number;
}

const { put, patch, add } = changesOf('seats');

const oneMore = ({ data: { userId } }: { readonly data: { readonly userId: string } }) => [add(userId, 'seats', 1)];
const oneLess = ({ data: { userId } }: { readonly data: { readonly userId: string } }) => [add(userId, 'seats', -1)];

export const seats: Projection = {
  collection: { name: 'seats', indexes: [{ fields: ['standing'], sort: 'number' }] },
  on: {
    UserRegistered: ({ data: { userId, number } }) => [put({ id: userId, number, standing: 'active', seats: 0 })],
    UserSuspended: ({ data: { userId } }) => [patch(userId, { standing: 'suspended' })],
    UserReinstated: ({ data: { userId } }) => [patch(userId, { standing: 'active' })],
    UserDeleted: ({ data: { userId } }) => [patch(userId, { standing: 'deleted' })],
    GroupCreated: ({ data: { ownerId } }) => [add(ownerId, 'seats', 1)],
    DirectChatStarted: ({ data: { userIds } }) => [...new Set(userIds)].map((userId) => add(userId, 'seats', 1)),
    MemberAdded: oneMore,
    MemberJoined: oneMore,
    MemberLeft: oneLess,
    MemberRemoved: oneLess,
  },
};
