// Presents what people have done with messages: who reacted, what is pinned, what an account has bookmarked.

import { presentProfile } from '../api/presenters.ts';
import { emojiOf } from '../domain/emoji.ts';
import { Refused } from '../domain/refused.ts';
import type { Page, Queries } from '../projections/queries.ts';
import { page } from './cursors.ts';
import { messageIn, presentAll, usersIn } from './showMessages.ts';

interface Named {
  readonly conversationId: string;
  readonly messageId: string;
}

const places = ({ position }: { readonly position: number }): number => position;

/** Of a removed or erased message: none. @throws Refused `message-unknown`, `emoji-unknown` */
export const reactionsFor = async (queries: Queries, named: Named, wanted: string, range: Page) => {
  const { id, removed, erased } = await messageIn(queries, named.conversationId, named.messageId);
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

export const pinsFor = async (queries: Queries, conversationId: string, userId: string, range: Page) => {
  const pins = await queries.pinsIn(conversationId, range);
  const messages = await queries.messagesById(pins.items.map(({ id }) => id));
  const [shown, users] = await Promise.all([
    presentAll(queries, [...messages.values()], userId),
    usersIn(
      queries,
      [...messages.values()],
      pins.items.map(({ by }) => by),
    ),
  ]);
  const byId = new Map(shown.map((message) => [message.id, message]));
  const items = page(pins, places, ({ id, at: pinnedAt, by: pinnedBy }) => {
    const message = byId.get(id);
    return message && { message, pinnedAt, pinnedBy };
  });
  return { ...items, included: { users } };
};

/** The messages as `userId` may read them now. */
export const bookmarksFor = async (queries: Queries, userId: string, range: Page) => {
  const bookmarks = await queries.bookmarksOf(userId, range);
  const asked = [...new Set(bookmarks.items.map(({ conversationId }) => conversationId))];
  const found = await Promise.all(asked.map((conversationId) => queries.readable(conversationId, userId)));
  const readable = new Set(found.flatMap((conversation) => (conversation ? [conversation.id] : [])));
  const wanted = bookmarks.items.filter(({ conversationId }) => readable.has(conversationId));
  const messages = [...(await queries.messagesById(wanted.map(({ messageId }) => messageId))).values()];
  const [shown, users] = await Promise.all([presentAll(queries, messages, userId), usersIn(queries, messages)]);
  const byId = new Map(shown.map((message) => [message.id, message]));
  const items = page(bookmarks, places, ({ conversationId, messageId, at }) => {
    return { conversationId, messageId, bookmarkedAt: at, message: byId.get(messageId) ?? null };
  });
  return { ...items, included: { users } };
};
