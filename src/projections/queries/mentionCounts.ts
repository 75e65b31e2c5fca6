// Counts unread messages that call a user.

import type { MembershipDoc } from '../memberships.ts';
import type { Documents } from './documents.ts';
import { messageQueries } from './messages.ts';

/** Unread mentions of one conversation that are counted at most. */
const COUNTED = 100;

interface Unread {
  readonly membership: MembershipDoc;
  /** Anybody reads the conversation: whoever is named there is called, a member or not. */
  readonly isPublic: boolean;
  /** The `seq` up to which the member has read, or sees nothing. */
  readonly after: number;
}

/** In: what a user has not read, for each conversation once. Out: how many messages there call the user, by conversation. */
export const mentionCounts = (documents: Documents) => {
  const { many, find } = documents;
  const { removalsOf } = messageQueries(documents);
  return async (userId: string, unread: readonly Unread[]): Promise<ReadonlyMap<string, number>> => {
    const targets = unread.flatMap(({ membership: { id, conversationId, since }, isPublic, after }) => [
      { conversationId, since: isPublic ? 0 : since, after, target: userId, last: id },
      { conversationId, since, after, target: conversationId, last: conversationId },
    ]);
    const lasts = await many(
      'lastMentions',
      targets.map(({ last }) => last),
    );
    const pages = await Promise.all(
      targets.map(async ({ conversationId, since, after, target }, i) => {
        if ((lasts[i]?.seq ?? 0) <= after) return [];
        const page = { after, descending: true, limit: COUNTED };
        const { items } = await find('mentions', { target, conversationId }, 'seq', page);
        return items.filter(({ position, senderId }) => position > since && senderId !== userId);
      }),
    );
    const called = new Map(pages.flat().map((mention) => [mention.messageId, mention]));
    const removed = await removalsOf(called.keys());
    const counts = new Map<string, number>();
    for (const [messageId, { conversationId }] of called)
      if (!removed.has(messageId)) counts.set(conversationId, Math.min(COUNTED, (counts.get(conversationId) ?? 0) + 1));
    return counts;
  };
};
