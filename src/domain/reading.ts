// How far a user has read a conversation: a place in it, by which unread messages are counted.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { streams } from './streams.ts';

export interface Reading {
  readonly upTo: number;
  /** Joining moves the place too, and is recorded elsewhere: a reading of an earlier membership says nothing of this one. */
  readonly membership: number | undefined;
}

/** The id of a reading is `<conversationId>-<userId>`. */
export const readings: Aggregate<Reading> = {
  stream: streams.reads,
  initial: () => ({ upTo: 0, membership: undefined }),
  evolve: (reading, event) =>
    event.type === 'MessagesRead' ? { upTo: event.data.upTo, membership: event.data.membership } : reading,
};

/** `upTo`: how many messages, from the first, the user has read. It may go back. */
export const markRead = (reading: Reading, read: DataOf<'MessagesRead'>): Events =>
  read.upTo === reading.upTo && read.membership === reading.membership ? [] : [{ type: 'MessagesRead', data: read }];
