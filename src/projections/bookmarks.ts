// The messages that accounts have bookmarked.

import { changesOf, type Projection } from './projection.ts';

export interface BookmarkDoc {
  readonly id: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly position: number;
  /** ISO time. */
  readonly at: string;
}

const bookmarkId = ({ userId, messageId }: Pick<BookmarkDoc, 'userId' | 'messageId'>) => `${userId}:${messageId}`;

export const bookmarks: Projection = {
  collection: { name: 'bookmarks', indexes: [{ fields: ['userId'], sort: 'position' }] },
  on: {
    MessageBookmarked: ({ data, position, at }) => [
      changesOf('bookmarks').put({ id: bookmarkId(data), ...data, position, at }),
    ],
    BookmarkRemoved: ({ data }) => [changesOf('bookmarks').remove(bookmarkId(data))],
  },
};
