// Presents what people have done with messages: who reacted, what is pinned, what an account has bookmarked.

import { presentProfile } from '../api/presenters.ts';
import { emojiOf } from '../domain/emoji.ts';
import { Refused } from '../domain/refused.ts';
import type { Page, Permitted, Queries } from '../projections/queries.ts';
import { page } from './cursors.ts';
import { messageIn, withIncluded } from './showMessages.ts';

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

export const pinsFor = async (queries: Queries, { id, seesAfter }: Permitted, userId: string, range: Page) => {
  const pins = await queries.pinsIn(id, range);
  const pinned = [...(await queries.messagesById(pins.items.map((pin) => pin.id))).values()];
  const messages = pinned.filter(({ seq }) => seq > seesAfter);
  const { shown, included } = await withIncluded(
    queries,
    messages,
    userId,
    pins.items.map(({ by }) => by),
  );
  const byId = new Map(shown.map((message) => [message.id, message]));
  const items = page(pins, places, ({ id, at: pinnedAt, by: pinnedBy }) => {
    const message = byId.get(id);
    return message && { message, pinnedAt, pinnedBy };
  });
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
