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
    MessageSent: ({ data, revision, position, at }) => [
      put({
        id: data.messageId,
        conversationId: data.conversationId,
        seq: revision + 1,
        number: data.number,
        position,
        senderId: data.senderId,
        receiverId: data.receiverId,
        kind: data.kind,
        text: data.text,
        fileId: data.fileId,
        at: data.sentAt ?? at,
        visitor: data.visitor ?? null,
        answers: data.answers ?? null,
      }),
    ],
  },
};
