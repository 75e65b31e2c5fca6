// Threads: which messages belong to them, who follows them, and how far each has read. Sparse: a message outside threads has
// nothing here. How many messages a thread has, and who wrote them, stands in the message that began it.

import type { EventOf } from '../domain/events.ts';
import type { Change } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

const NONE: readonly Change[] = [];

/** Calls `of` for the messages of threads alone. */
const inThreads =
  (of: (event: EventOf<'MessageSent'>, threadId: string) => Change) =>
  (event: EventOf<'MessageSent'>): readonly Change[] =>
    event.data.threadId === undefined ? NONE : [of(event, event.data.threadId)];

/** A thread with messages, as lists by activity have it. */
export interface ThreadDoc {
  /** Of the message that began it. */
  readonly id: string;
  readonly conversationId: string;
  /** Of its last message. */
  readonly seq: number;
  readonly position: number;
}

export const threads: Projection = {
  collection: { name: 'threads', indexes: [{ fields: ['conversationId'], sort: 'seq' }] },
  on: {
    MessageSent: inThreads(({ data: { conversationId }, revision, position }, id) =>
      changesOf('threads').put({ id, conversationId, seq: revision + 1, position }),
    ),
  },
};

export interface ThreadMessageDoc {
  /** Of the message. */
  readonly id: string;
  readonly threadId: string;
  readonly conversationId: string;
  /** Empty: no account. */
  readonly senderId: string;
  /** In the conversation. */
  readonly seq: number;
  readonly isRemoved: boolean;
}

const ofMessages = changesOf('threadMessages');

export const threadMessages: Projection = {
  collection: {
    name: 'threadMessages',
    indexes: [
      { fields: ['threadId'], sort: 'seq' },
      { fields: ['threadId', 'isRemoved'], sort: 'seq' },
      { fields: ['threadId', 'senderId', 'isRemoved'], sort: 'seq' },
      { fields: ['conversationId'], sort: 'seq' },
    ],
  },
  on: {
    MessageSent: inThreads(({ data: { messageId: id, conversationId, senderId }, revision }, threadId) =>
      ofMessages.put({ id, threadId, conversationId, senderId: senderId ?? '', seq: revision + 1, isRemoved: false }),
    ),
    // Most removed messages belong to no thread: a patch of a missing document does nothing.
    MessageRemoved: ({ data: { messageId } }) => [ofMessages.patch(messageId, { isRemoved: true })],
    MessageRestored: ({ data: { messageId } }) => [ofMessages.patch(messageId, { isRemoved: false })],
  },
};

/** The id of what is known of an account in a thread. */
export const inThread = (threadId: string, userId: string): string => `${threadId}:${userId}`;

export interface FollowingDoc {
  readonly id: string;
  readonly threadId: string;
  readonly conversationId: string;
  readonly userId: string;
  /** False: it left the thread. */
  readonly follows: boolean;
  /** Position of the event by which it last began to follow. */
  readonly since: number;
}

const ofFollowings = changesOf('followings');

export const followings: Projection = {
  collection: { name: 'followings', indexes: [{ fields: ['userId'], sort: 'since' }] },
  on: {
    ThreadFollowed: ({ data: { threadId, conversationId, userId }, position: since }) => [
      ofFollowings.put({ id: inThread(threadId, userId), threadId, conversationId, userId, follows: true, since }),
    ],
    ThreadUnfollowed: ({ data: { threadId, userId } }) => [
      ofFollowings.patch(inThread(threadId, userId), { follows: false }),
    ],
  },
};

/** How far an account has read a thread, by `seq`. */
export interface ThreadReadDoc {
  readonly id: string;
  readonly upTo: number;
}

export const threadReads: Projection = {
  collection: { name: 'threadReads', indexes: [] },
  on: {
    ThreadRead: ({ data: { threadId, userId, upTo } }) => [
      changesOf('threadReads').put({ id: inThread(threadId, userId), upTo }),
    ],
  },
};
