// The bookmarks of an account: messages that it wants to find again. Nobody else sees them.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { type Asked, stillSaid } from './messageAccess.ts';
import { PersistentMap } from './persistentMap.ts';
import { Refused } from './refused.ts';
import type { SaidMessage } from './saidMessage.ts';
import { streams } from './streams.ts';

/** Of one account at most. */
export const MOST_BOOKMARKS = 10_000;

type Bookmark = DataOf<'MessageBookmarked'>;
/** By message. */
export type Bookmarks = PersistentMap<Bookmark>;

/** Their id is that of the account. */
export const bookmarks: Aggregate<Bookmarks> = {
  stream: streams.bookmarks,
  initial: () => PersistentMap.empty,
  evolve: (kept, { type, data }) => {
    if (type === 'MessageBookmarked') return kept.with(data.messageId, data);
    return type === 'BookmarkRemoved' ? kept.without(data.messageId) : kept;
  },
};

export const bookmarkMessage = (kept: Bookmarks, said: SaidMessage, ...asked: Asked): Events => {
  const { conversationId, messageId } = stillSaid(said, 'read', ...asked);
  if (kept.has(messageId)) return [];
  if (kept.size >= MOST_BOOKMARKS) throw new Refused('too-many-bookmarks');
  const [, { userId }] = asked;
  return [{ type: 'MessageBookmarked', data: { conversationId, messageId, userId } }];
};

/** Also where the account may no longer read. */
export const removeBookmark = (kept: Bookmarks, wish: Pick<Bookmark, 'conversationId' | 'messageId'>): Events => {
  const bookmark = kept.get(wish.messageId);
  return bookmark?.conversationId === wish.conversationId ? [{ type: 'BookmarkRemoved', data: bookmark }] : [];
};
