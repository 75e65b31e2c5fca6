// How far a user has read a conversation.

import type { Aggregate } from './aggregate.ts';
import type { Events } from './events.ts';
import { streams } from './streams.ts';

export interface Reading {
  readonly upTo: number;
}

/** The id of a reading is `<conversationId>-<userId>`. */
export const readings: Aggregate<Reading> = {
  stream: streams.reads,
  initial: () => ({ upTo: 0 }),
  evolve: (reading, event) => (event.type === 'MessagesRead' ? { upTo: event.data.upTo } : reading),
};

/** `upTo`: how many messages, from the first, the user has read. It never goes back. */
export const markRead = (reading: Reading, conversationId: string, userId: string, upTo: number): Events =>
  upTo > reading.upTo ? [{ type: 'MessagesRead', data: { conversationId, userId, upTo } }] : [];
