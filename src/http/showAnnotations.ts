// Presents what people have done with messages: who reacted, what is pinned, what an account has bookmarked.

import { presentProfile } from '../api/presenters.ts';
import { emojiOf } from '../domain/emoji.ts';
import { Refused } from '../domain/refused.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { PinDoc } from '../projections/pins.ts';
import type { Page, Permitted, Queries } from '../projections/queries.ts';
import { page } from './cursors.ts';
import type { Reading } from './reading.ts';
import { messageIn, withIncluded } from './showMessages.ts';

interface Asked {
  readonly queries: Queries;
  readonly reading: Reading;
  readonly userId: string;
}

interface Pinned extends Pick<PinDoc, 'position' | 'at' | 'by'> {
  readonly message: MessageDoc;
}

const places = ({ position }: { readonly position: number }): number => position;

/** Of a removed or erased message: none. @throws Refused `message-unknown`, `emoji-unknown` */
export const reactionsFor = async (
  queries: Queries,
  conversation: Permitted,
  messageId: string,
  wanted: string,
  range: Page,
) => {
  const { id, removed, erased } = await messageIn(queries, conversation, messageId);
  const emoji = emojiOf(wanted);
  if (emoji === undefined) throw new Refused('emoji-unknown', 'emoji');
  if (removed || erased) return { items: [], next: null };
  const reactions = await queries.reactionsTo(id, emoji, range);
  const users = await queries.usersById(reactions.items.map(({ userId }) => userId));
  return page(reactions, places, ({ userId, at }) => {
    const user = users.get(userId);
    return user && { user: presentProfile(user), at };
  });
};

/** The pins of messages that the reader sees. Whether others follow depends on these alone. */
const seenPins = async ({ queries, reading }: Asked, { id, seesAfter }: Permitted, { limit, ...range }: Page) => {
  const seen: Pinned[] = [];
  for (let [from, isMore] = [range, true]; isMore && seen.length <= limit; ) {
    const { items, more } = await reading.page(() => queries.pinsIn(id, { ...from, limit: limit + 1 }));
    const messages = await queries.messagesById(items.map((pin) => pin.id));
    for (const { id, position, at, by } of items) {
      const message = messages.get(id);
      if (message && message.seq > seesAfter) seen.push({ message, position, at, by });
    }
    isMore = more && items.length > 0;
    from = { ...range, before: items.at(-1)?.position ?? 0 };
  }
  return { items: seen.slice(0, limit), more: seen.length > limit };
};

/** The one that was pinned last first. */
export const pinsFor = async (asked: Asked, conversation: Permitted, range: Page) => {
  const { queries, userId } = asked;
  const pins = await seenPins(asked, conversation, range);
  const { shown, included } = await withIncluded(
    queries,
    pins.items.map(({ message }) => message),
    userId,
    pins.items.map(({ by }) => by),
  );
  const items = page(pins, places, ({ at: pinnedAt, by: pinnedBy }, i) => ({ message: shown[i], pinnedAt, pinnedBy }));
  return { ...items, included };
};

/** The messages as `userId` may read them now. */
export const bookmarksFor = async (queries: Queries, userId: string, range: Page) => {
  const bookmarks = await queries.bookmarksOf(userId, range);
  const found = [...(await queries.messagesById(bookmarks.items.map(({ messageId }) => messageId))).values()];
  const isSeen = await queries.seesEach(userId, found);
  const messages = found.filter((_, i) => isSeen[i]);
  const { shown, included } = await withIncluded(queries, messages, userId);
  const byId = new Map(shown.map((message) => [message.id, message]));
  const items = page(bookmarks, places, ({ conversationId, messageId, at }) => {
    return { conversationId, messageId, bookmarkedAt: at, message: byId.get(messageId) ?? null };
  });
  return { ...items, included };
};
