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
  readonly reactions: readonly (EmojiCount & { readonly mine: boolean })[];
  /** ISO time; null: it is not pinned. */
  readonly pinnedAt: string | null;
}

export const markQueries = ({ many, find, byIds }: Documents) => ({
  /** By message, as `userId` sees them; those that nobody touched are missing. */
  marksOn: async (messageIds: readonly string[], userId: string): Promise<ReadonlyMap<string, Marks>> => {
    const docs = [...(await byIds('marks', messageIds)).values()];
    const shown = docs.map((doc) =>
      countsIn(doc).map((one) => ({ ...one, id: reactionId(doc.id, one.emoji, userId) })),
    );
    const found = await many(
      'reactions',
      shown.flatMap((some) => some.map(({ id }) => id)),
    );
    const own = new Set(found.map((reaction) => reaction?.id));
    const marksOf = ({ pinnedAt }: MarksDoc, i: number): Marks => ({
      reactions: shown[i]!.map(({ emoji, count, id }) => ({ emoji, count, mine: own.has(id) })),
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
