// How far a user has read a conversation: a place in it, by which unread messages are counted.

import { may } from './access.ts';
import type { Aggregate } from './aggregate.ts';
import type { Conversation } from './conversation.ts';
import { permitted, readerIn } from './conversationAccess.ts';
import type { DataOf, Events } from './events.ts';
import { streams } from './streams.ts';
import type { User } from './user.ts';

export interface Reading {
  readonly upTo: number;
  /** In this membership. */
  readonly furthest: number;
  /** Joining moves the place too, and is recorded elsewhere: a reading of an earlier membership says nothing of this one. */
  readonly membership: number | undefined;
}

/** The id of a reading is `<conversationId>-<userId>`. */
export const readings: Aggregate<Reading> = {
  stream: streams.reads,
  initial: () => ({ upTo: 0, furthest: 0, membership: undefined }),
  evolve: (reading, event) => {
    if (event.type !== 'MessagesRead') return reading;
    const { upTo, membership, furthest = upTo } = event.data;
    return { upTo, furthest, membership };
  },
};

/** Members of a conversation, at most, whom every reading of another one is told. */
export const TOLD = 50;

/** Are the others told at once how far `reader` has read? */
const isTold = (conversation: Conversation, reader: User): boolean => {
  const { size } = conversation.members;
  return 1 < size && size <= TOLD && may(readerIn(conversation, reader), 'shareReceipts', conversation);
};

/** `upTo`: how many messages, from the first, the user has read. It may go back, which nobody else is told. */
export const markRead = (reading: Reading, conversation: Conversation, reader: User, upTo: number): Events => {
  const { conversationId, members } = permitted(conversation, reader, 'markRead');
  const { userId } = reader;
  const membership = members.placeOf(userId);
  const isSame = membership === reading.membership;
  if (isSame && upTo === reading.upTo) return [];
  const read: DataOf<'MessagesRead'> = {
    conversationId,
    userId,
    upTo,
    ...(membership !== undefined && { membership }),
  };
  if (isSame && upTo < reading.furthest)
    return [{ type: 'MessagesRead', data: { ...read, furthest: reading.furthest } }];
  return [{ type: 'MessagesRead', data: isTold(conversation, reader) ? { ...read, receipt: true } : read }];
};
