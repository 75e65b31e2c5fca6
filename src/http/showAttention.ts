// Presents what calls for somebody's attention: mentions, what is unread, and who has seen a message.

import { presentProfile } from '../api/presenters.ts';
import { may } from '../domain/access.ts';
import { readerOf } from '../domain/accessFacts.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { ReadDoc } from '../projections/memberships.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { Joined, Page, Queries } from '../projections/queries.ts';
import { accountOf } from '../projections/users.ts';
import { page } from './cursors.ts';
import { pagesOf } from './listing.ts';
import type { Reading } from './reading.ts';
import { messageIn, withIncluded } from './showMessages.ts';

/** Conversations that are counted at most, the newest. */
const COUNTED = 1000;

/** The newest first. */
export const mentionsFor = async (queries: Queries, userId: string, wanted: Page) => {
  const found = await queries.mentionsOf(userId, wanted);
  const messages = found.items.flatMap(({ message }) => (message === undefined ? [] : [message]));
  const { shown, included } = await withIncluded(queries, messages, userId);
  return {
    items: shown,
    included,
    next: page(
      found,
      ({ place }) => place,
      () => undefined,
    ).next,
  };
};

export const unreadFor = async (queries: Queries, userId: string, reading: Reading) => {
  const items: { conversationId: string; unread: number; mentions: number }[] = [];
  let [counted, complete] = [0, true];
  const paged = {
    find: (wanted: Page) => queries.conversationsOf(userId, wanted),
    placeOf: ({ membership }: Joined) => membership.since,
  };
  for await (const { items: joined, more } of pagesOf(reading, paged, { descending: true })) {
    const conversations = joined.map(({ conversation }) => conversation);
    const memberships = joined.map(({ membership }) => membership);
    const after = await queries.seesAfterIn(userId, conversations, memberships);
    const readings = await queries.readingsOf(userId, conversations, memberships, after);
    for (const [i, { unread, mentions }] of readings.entries())
      if (unread > 0) items.push({ conversationId: memberships[i]!.conversationId, unread, mentions });
    counted += joined.length;
    if (more && counted >= COUNTED) {
      complete = false;
      break;
    }
  }
  const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);
  return {
    unread: sum(items.map(({ unread }) => unread)),
    mentions: sum(items.map(({ mentions }) => mentions)),
    items,
    complete,
  };
};

/** A reader of a conversation has seen a message if it was there before it, and shows how far it has read. */
const haveSeen = async (
  queries: Queries,
  conversation: ConversationDoc,
  message: MessageDoc,
  readers: readonly ReadDoc[],
) => {
  const ids = readers.map(({ userId }) => userId);
  const [users, memberships] = await Promise.all([
    queries.usersById(ids),
    queries.membershipsAmong(conversation.id, ids),
  ]);
  return ids.map((id, i) => {
    const [user, membership] = [users.get(id), memberships[i]];
    if (user === undefined || id === message.senderId) return undefined;
    if (membership !== undefined && membership.since > message.position) return undefined;
    const reader = readerOf(accountOf(user), membership?.role);
    return may(reader, 'shareReceipts', conversation) ? user : undefined;
  });
};

/** @throws Refused `conversation-unknown`, `not-a-member`, `receipts-off`, `message-unknown` */
export const seenBy = async (
  queries: Queries,
  userId: string,
  { conversationId, messageId }: { readonly conversationId: string; readonly messageId: string },
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
) => {
  const conversation = await queries.checked('shareReceipts', conversationId, userId);
  const message = await messageIn(queries, conversation, messageId);
  const found = await queries.readersFrom(conversationId, message.seq, limit, after);
  const seen = await haveSeen(queries, conversation, message, found.items);
  return page(
    found,
    ({ place }) => place,
    (_, i) => seen[i] && presentProfile(seen[i]),
  );
};
