// How far each user has read each conversation.

import { membershipId } from './memberships.ts';
import { changesOf, type Projection } from './projection.ts';

export interface ReadDoc {
  readonly id: string;
  readonly upTo: number;
}

const { put } = changesOf('reads');

export const reads: Projection = {
  collection: { name: 'reads', indexes: [] },
  on: {
    MessagesRead: ({ data: { conversationId, userId, upTo } }) => [
      put({ id: membershipId(conversationId, userId), upTo }),
    ],
  },
};
