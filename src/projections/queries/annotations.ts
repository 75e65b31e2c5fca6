// Queries about what people added to messages.

import type { AnnotationsDoc } from '../annotations.ts';
import type { BookmarkDoc } from '../bookmarks.ts';
import { countsIn, type EmojiCount } from '../emojiCounts.ts';
import type { PinDoc } from '../pins.ts';
import { type ReactionDoc, reactionId } from '../reactions.ts';
import type { Documents, Page, Slice } from './documents.ts';

/** What a message shows beside what was said. */
export interface Annotations {
  readonly reactions: readonly (Pick<EmojiCount, 'emoji' | 'count'> & { readonly mine: boolean })[];
  /** ISO time; null: it is not pinned. */
  readonly pinnedAt: string | null;
}

export const annotationQueries = ({ many, find, byIds }: Documents) => ({
  /** By message, as `userId` sees them; those that nobody touched are missing. */
  annotationsOn: async (messageIds: readonly string[], userId: string): Promise<ReadonlyMap<string, Annotations>> => {
    const docs = [...(await byIds('annotations', messageIds)).values()];
    const counts = docs.map((doc) => countsIn(doc, userId));
    const unsure = docs.flatMap(({ id }, i) =>
      counts[i]!.filter(({ mine }) => mine === undefined).map(({ emoji }) => reactionId(id, emoji, userId)),
    );
    const own = new Set((await many('reactions', unsure)).map((reaction) => reaction?.id));
    const annotationsOf = ({ id, pinnedAt }: AnnotationsDoc, i: number): Annotations => ({
      reactions: counts[i]!.map(({ emoji, count, mine }) => ({
        emoji,
        count,
        mine: mine ?? own.has(reactionId(id, emoji, userId)),
      })),
      pinnedAt,
    });
    return new Map(docs.map((doc, i) => [doc.id, annotationsOf(doc, i)]));
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
