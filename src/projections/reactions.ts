// Who reacts to messages, with which emoji.

import { changesOf, type Projection } from './projection.ts';

export interface ReactionDoc {
  readonly id: string;
  readonly messageId: string;
  readonly emoji: string;
  readonly userId: string;
  readonly position: number;
  /** ISO time. */
  readonly at: string;
}

/** ASCII, as all ids of documents. */
export const reactionId = (messageId: string, emoji: string, userId: string): string =>
  `${messageId}:${encodeURIComponent(emoji)}:${userId}`;

/** Of a reaction. */
export const messageIdIn = (id: string): string => id.slice(0, id.indexOf(':'));

export const reactions: Projection = {
  collection: { name: 'reactions', indexes: [{ fields: ['messageId', 'emoji'], sort: 'position' }] },
  on: {
    ReactionAdded: ({ data: { messageId, userId, emoji }, position, at }) => [
      changesOf('reactions').put({
        id: reactionId(messageId, emoji, userId),
        ...{ messageId, emoji, userId, position, at },
      }),
    ],
    ReactionTakenBack: ({ data: { messageId, userId, emoji } }) => [
      changesOf('reactions').remove(reactionId(messageId, emoji, userId)),
    ],
  },
};
