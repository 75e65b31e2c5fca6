// Messages, and which of them were removed.

import type { DataOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

type Sent = Omit<DataOf<'MessageSent'>, 'messageId' | 'sentAt' | 'visitor' | 'answers'>;

export interface Removal {
  /** ISO time. */
  readonly at: string;
  readonly by: string;
}

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
  /** Missing: it was not removed. */
  readonly removed?: Removal;
  /** Whose message it is when unread ones are counted: see `voiceOf`. */
  readonly voice: string;
}

/** Whose a message is that is unread to nobody: it was removed, was history when it was imported, or lies at a desk. */
export const NOBODY = 'nobody';

/** Who spoke, and where, in few characters: an index has it for every message. The ends of ids are random. */
export const voiceOf = (conversationId: string, userId: string): string =>
  conversationId.slice(-12) + userId.slice(-12);

/** The message as readers see it: of a removed one only its place. */
export const withoutRemovedContent = (doc: MessageDoc): MessageDoc =>
  doc.removed === undefined ? doc : { ...doc, kind: 'text', text: '', fileId: null };

const { put, patch } = changesOf('messages');

export const messages: Projection = {
  collection: {
    name: 'messages',
    indexes: [
      { fields: ['conversationId'], sort: 'seq' },
      { fields: ['voice'], sort: 'seq' },
      { fields: ['receiverId'], sort: 'position' },
      { fields: ['number'], sort: 'id' },
    ],
  },
  on: {
    MessageSent: ({ data, revision, position, at }) => {
      const { messageId: id, sentAt = at, visitor = null, answers = null, ...sent } = data;
      const speaker = data.sentAt === undefined ? (data.senderId ?? NOBODY) : NOBODY;
      const voice = voiceOf(data.conversationId, speaker);
      return [put({ ...sent, id, seq: revision + 1, position, at: sentAt, visitor, answers, voice })];
    },
    MessageRemoved: ({ data: { conversationId, messageId, removedBy }, at }) => [
      patch(messageId, { removed: { at, by: removedBy }, voice: voiceOf(conversationId, NOBODY) }),
    ],
  },
};

export interface RemovalDoc extends Removal {
  /** Of the message. */
  readonly id: string;
}

/** Small and sparse, for those who have many messages and ask only which of them were removed. */
export const removals: Projection = {
  collection: { name: 'removals', indexes: [] },
  on: {
    MessageRemoved: ({ data: { messageId: id, removedBy: by }, at }) => [changesOf('removals').put({ id, at, by })],
  },
};
