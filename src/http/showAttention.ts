// Presents what calls for somebody's attention: mentions, what is unread, and who has seen a message.

import { presentProfile } from '../api/presenters.ts';
import { may } from '../domain/access.ts';
import { readerOf } from '../domain/accessFacts.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import { placeOf, type ReadDoc } from '../projections/memberships.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { Joined, Page, Queries } from '../projections/queries.ts';
import { accountOf } from '../projections/users.ts';
import { page } from './cursors.ts';
import { pagesOf } from './listing.ts';
import type { Reading } from './reading.ts';
import { messageIn, withIncluded } from './showMessages.ts';

/** Conversations that are counted at most, the newest. */
const COUNTED = 1000;
/** Readers that are looked at together. */
const READERS = 100;

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

/** Those who have seen the message: who was there before it, and shows how far it has read. */
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
  return readers.flatMap(({ userId, place }, i) => {
    const [user, membership] = [users.get(userId), memberships[i]];
    if (user === undefined || userId === message.senderId) return [];
    if (membership !== undefined && membership.since > message.position) return [];
    const reader = readerOf(accountOf(user), membership?.role);
    return may(reader, 'shareReceipts', conversation) ? [{ place, user }] : [];
  });
};

/** @throws Refused `conversation-unknown`, `not-a-member`, `receipts-off`, `message-unknown` */
export const seenBy = async (
  { queries, reading, userId }: { readonly queries: Queries; readonly reading: Reading; readonly userId: string },
  { conversationId, messageId }: { readonly conversationId: string; readonly messageId: string },
  { after = '', limit }: { readonly after: string | undefined; readonly limit: number },
) => {
  const conversation = await queries.checked('shareReceipts', conversationId, userId);
  const message = await messageIn(queries, conversation, messageId);
  const seen: Awaited<ReturnType<typeof haveSeen>> = [];
  const first = placeOf(message.seq);
  let from = after > first ? after : first;
  for (let isMore = true; isMore && seen.length <= limit; ) {
    const { items, more } = await reading.page(() => queries.readersFrom(conversationId, from, READERS));
    seen.push(...(await haveSeen(queries, conversation, message, items)));
    isMore = more && items.length > 0;
    from = items.at(-1)?.place ?? from;
  }
  // A cursor tells how far somebody has read, so it is never of one who withholds that.
  const found = { items: seen.slice(0, limit), more: seen.length > limit };
  return page(
    found,
    ({ place }) => place,
    ({ user }) => presentProfile(user),
  );
};
