// What is pinned in conversations.

import type { EventOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

/** A message that is pinned. */
export interface PinDoc {
  /** Of the message. */
  readonly id: string;
  readonly conversationId: string;
  readonly position: number;
  /** ISO time. */
  readonly at: string;
  readonly by: string;
}

const notPinned = ({ data: { messageId } }: EventOf<'MessageUnpinned' | 'MessageRemoved' | 'MessageErased'>) => [
  changesOf('pins').remove(messageId),
];

export const pins: Projection = {
  collection: { name: 'pins', indexes: [{ fields: ['conversationId'], sort: 'position' }] },
  on: {
    MessagePinned: ({ data: { conversationId, messageId: id, pinnedBy: by }, position, at }) => [
      changesOf('pins').put({ id, conversationId, position, at, by }),
    ],
    MessageUnpinned: notPinned,
    MessageRemoved: notPinned,
    MessageErased: notPinned,
  },
};

/** Every pin there ever was: where the past finds those of a conversation. */
export interface PinningDoc extends Pick<PinDoc, 'id' | 'conversationId' | 'position'> {
  readonly messageId: string;
}

export const pinnings: Projection = {
  collection: { name: 'pinnings', indexes: [{ fields: ['conversationId'], sort: 'position' }] },
  on: {
    MessagePinned: ({ data: { conversationId, messageId }, position }) => [
      changesOf('pinnings').put({ id: `${messageId}:${position}`, conversationId, messageId, position }),
    ],
  },
};
