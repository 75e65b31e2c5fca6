// What was said.

import type { MessageKind } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export interface MessageDoc {
  readonly id: string;
  readonly conversationId: string;
  /** Place in its conversation, from 1. */
  readonly seq: number;
  readonly number: number;
  readonly position: number;
  readonly senderId: string | null;
  /** In a direct chat: to whom. */
  readonly receiverId: string | null;
  readonly kind: MessageKind;
  readonly text: string;
  readonly fileId: string | null;
  readonly at: string;
  readonly visitor: { readonly name: string; readonly email: string } | null;
  /** The message this one answers by itself. */
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
    MessageSent: ({ data: { messageId, sentAt, visitor = null, answers = null, ...data }, revision, position, at }) => [
      put({ ...data, id: messageId, seq: revision + 1, position, at: sentAt ?? at, visitor, answers }),
    ],
  },
};
