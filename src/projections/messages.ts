// Messages.

import type { DataOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

type Sent = Omit<DataOf<'MessageSent'>, 'messageId' | 'sentAt' | 'visitor' | 'answers'>;

export interface MessageDoc extends Readonly<Sent> {
  readonly id: string;
  /** Its place in the conversation, from 1. */
  readonly seq: number;
  readonly position: number;
  /** ISO time of sending. */
  readonly at: string;
  readonly visitor: { readonly name: string; readonly email: string } | null;
  /** Of an automatic answer: the message that it answers. */
  readonly answers: string | null;
}

const { put } = changesOf('messages');

export const messages: Projection = {
  collection: {
    name: 'messages',
    indexes: [
      { fields: ['conversationId'], sort: 'seq' },
      { fields: ['receiverId'], sort: 'position' },
      { fields: ['number'], sort: 'id' },
    ],
  },
  on: {
    MessageSent: ({ data, revision, position, at }) => {
      const { messageId: id, sentAt = at, visitor = null, answers = null, ...sent } = data;
      return [put({ ...sent, id, seq: revision + 1, position, at: sentAt, visitor, answers })];
    },
  },
};
