// Queries about whom messages call.

import { may } from '../../domain/access.ts';
import type { MentionDoc } from '../mentions.ts';
import type { MessageDoc } from '../messages.ts';
import type { conversationQueries } from './conversations.ts';
import { type Documents, fullPage, mergePages, type Page, type Slice } from './documents.ts';

/** Memberships whose calls are looked for at most, the newest. */
const LOOKED_AT = 1000;

export interface Mentioned {
  /** For the next page. */
  readonly place: number;
  readonly conversationId: string;
  /** Of the message. */
  readonly seq: number;
  /** Undefined: the user does not see it, or it was removed. */
  readonly message: MessageDoc | undefined;
}

export const mentionQueries = (
  { one, many, find, byIds }: Documents,
  { standingsIn }: Pick<ReturnType<typeof conversationQueries>, 'standingsIn'>,
) => {
  /**
   * The conversations whose calls may be on a page: those with a call as new as its end, and as many others as fit on it, those with
   * the newest call first.
   */
  const callingFor = async (userId: string, { before = Infinity, limit }: Page) => {
    const { items } = await fullPage(
      { descending: true, limit: LOOKED_AT },
      (page) => find('memberships', { userId }, 'since', page),
      ({ since }) => since,
    );
    const lasts = await many(
      'lastMentions',
      items.map(({ conversationId }) => conversationId),
    );
    const calling = items
      .map((membership, i) => ({ membership, last: lasts[i]?.position ?? 0 }))
      .filter(({ membership, last }) => last > membership.since)
      .toSorted((one, other) => other.last - one.last);
    const isNewer = calling.filter(({ last }) => last >= before).length;
    return calling.slice(0, isNewer + limit + 1).map(({ membership }) => membership);
  };

  return {
    alertWordsOf: async (userId: string): Promise<readonly string[]> => (await one('alertWords', userId))?.words ?? [],
    /** Messages that call the user, the newest first: by name, or with all members of a conversation. */
    mentionsOf: async (userId: string, page: Page): Promise<Slice<Mentioned>> => {
      const newest = { ...page, descending: true };
      const calling = await callingFor(userId, page);
      const slices = await Promise.all([
        find('mentions', { target: userId }, 'position', newest),
        ...calling.map(({ conversationId, since }) =>
          find('mentions', { target: conversationId }, 'position', { ...newest, after: since }),
        ),
      ]);
      const ofMessages = slices.map(({ items, more }) => ({
        items: items.map((doc) => ({ ...doc, id: doc.messageId })),
        more,
      }));
      const { items, more } = mergePages(ofMessages, newest, ({ position }) => position);
      const ids = [...new Set(items.map(({ conversationId }) => conversationId))];
      const [messages, inside] = await Promise.all([
        byIds(
          'messages',
          items.map(({ messageId }) => messageId),
        ),
        standingsIn(userId, ids),
      ]);
      const places = new Map(inside.map((one) => [one.doc.id, one]));
      /** Whoever left a private group before the message, and came back, was not called. */
      const isFor = ({ conversationId, position, seq, senderId }: MentionDoc): boolean => {
        const here = places.get(conversationId);
        if (here === undefined || senderId === userId) return false;
        const { doc, membership, reader } = here;
        return (
          may(reader, 'read', doc) &&
          seq > doc.seesAfter &&
          (membership === undefined || doc.public || membership.since < position)
        );
      };
      return {
        items: items.map((item) => {
          const message = isFor(item) ? messages.get(item.messageId) : undefined;
          const { position: place, conversationId, seq } = item;
          return { place, conversationId, seq, message: message?.removed ? undefined : message };
        }),
        more,
      };
    },
  };
};
