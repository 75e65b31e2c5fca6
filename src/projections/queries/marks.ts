// Queries about what people have done with messages.

import {
  type BookmarkDoc,
  countsIn,
  type EmojiCount,
  type MarksDoc,
  type PinDoc,
  type ReactionDoc,
  reactionId,
} from '../marks.ts';
import type { Documents, Page, Slice } from './documents.ts';

/** What a message shows beside what was said. */
export interface Marks {
  readonly reactions: readonly (Pick<EmojiCount, 'emoji' | 'count'> & { readonly mine: boolean })[];
  /** ISO time; null: it is not pinned. */
  readonly pinnedAt: string | null;
}

export const markQueries = ({ many, find, byIds }: Documents) => ({
  /** By message, as `userId` sees them; those that nobody touched are missing. */
  marksOn: async (messageIds: readonly string[], userId: string): Promise<ReadonlyMap<string, Marks>> => {
    const docs = [...(await byIds('marks', messageIds)).values()];
    const counts = docs.map((doc) => countsIn(doc, userId));
    const unsure = docs.flatMap(({ id }, i) =>
      counts[i]!.filter(({ mine }) => mine === undefined).map(({ emoji }) => reactionId(id, emoji, userId)),
    );
    const own = new Set((await many('reactions', unsure)).map((reaction) => reaction?.id));
    const marksOf = ({ id, pinnedAt }: MarksDoc, i: number): Marks => ({
      reactions: counts[i]!.map(({ emoji, count, mine }) => ({
        emoji,
        count,
        mine: mine ?? own.has(reactionId(id, emoji, userId)),
      })),
      pinnedAt,
    });
    return new Map(docs.map((doc, i) => [doc.id, marksOf(doc, i)]));
  },
  /** Who reacts with an emoji, in the order in which they did. */
  reactionsTo: (messageId: string, emoji: string, page: Page): Promise<Slice<ReactionDoc>> =>
    find('reactions', { messageId, emoji }, 'position', page),
  /** In the order of pinning. */
  pinsIn: (conversationId: string, page: Page): Promise<Slice<PinDoc>> =>
    find('pins', { conversationId }, 'position', page),
  /** In the order in which they were set. */
  bookmarksOf: (userId: string, page: Page): Promise<Slice<BookmarkDoc>> =>
    find('bookmarks', { userId }, 'position', page),
});
