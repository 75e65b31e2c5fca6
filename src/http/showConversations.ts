// Presents conversations to their readers: one, some, and a new one.

import { type PreviewedConversation, presentConversation } from '../api/presentConversation.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { beginning } from '../domain/texts.ts';
import { type ConversationDoc, conversations } from '../projections/conversations.ts';
import { eventsUpTo } from '../projections/past/streams.ts';
import { documentAfter } from '../projections/projection.ts';
import type { Queries } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import type { Doc } from '../store/ports.ts';
import { firstEvent } from './firstEvent.ts';

/** Characters of the last message that a list shows. */
const PREVIEW = 200;

/** With the beginning of the last message, which is empty if the message was removed. `after`: as of `seesAfterIn`. */
const withPreviews = async (
  queries: Queries,
  found: readonly (ConversationDoc | undefined)[],
  after: readonly number[],
): Promise<readonly (PreviewedConversation | undefined)[]> => {
  const last = await queries.messagesById(found.flatMap((one) => (one?.lastMessage ? [one.lastMessage.id] : [])));
  return found.map((one, i) => {
    const message = one?.lastMessage && last.get(one.lastMessage.id);
    if (!one || !message || message.seq <= after[i]!) return one && { ...one, lastMessage: null };
    const { id, senderId, kind, text, at } = message;
    return { ...one, lastMessage: { id, senderId, kind, text: beginning(text, PREVIEW), at } };
  });
};

type Membership = Awaited<ReturnType<Queries['membership']>>;

/** The conversations with what of them their reader sees, and what is unread of it. */
export const shownTo = async (
  queries: Queries,
  userId: string,
  found: readonly (ConversationDoc | undefined)[],
  memberships: readonly Membership[],
) => {
  const after = await queries.seesAfterIn(userId, found, memberships);
  return Promise.all([withPreviews(queries, found, after), queries.readingsOf(userId, found, memberships, after)]);
};

/** The conversation as its reader sees it. @throws Refused `conversation-unknown` */
export const conversationFor = async (queries: Queries, userId: string, conversationId: string) => {
  const [conversation, membership, [attitude]] = await Promise.all([
    queries.readable(conversationId, userId),
    queries.membership(conversationId, userId),
    queries.attitudesOf(userId, [conversationId]),
  ]);
  if (!conversation) throw new Refused('conversation-unknown');
  const [[shown], [reading]] = await shownTo(queries, userId, [conversation], [membership]);
  return presentConversation(shown!, { membership, attitude, reading });
};

/** What whoever makes a conversation is in it. */
const madeAs = {
  GroupCreated: { role: 'owner' },
  RoomOpened: undefined,
  DirectChatStarted: { role: 'member' },
} as const;

/**
 * The conversation as it was created, and who was added to it then, from the recorded events: a retry gets the first answer,
 * and nobody waits for the views.
 */
export const conversationAsMade = async (
  { events }: Pick<Services, 'events'>,
  type: keyof typeof madeAs,
  conversationId: string,
) => {
  const { first, all } = await firstEvent(events, streams.conversation(conversationId), type);
  const made = documentAfter(conversations, undefined, first) as unknown as ConversationDoc;
  const { correlationId } = first.meta;
  const addedIds = all.flatMap((event) =>
    event.type === 'MemberAdded' && event.meta.correlationId === correlationId ? [event.data.userId] : [],
  );
  return { conversation: { ...made, memberCount: made.memberCount + addedIds.length }, addedIds };
};

export const asMade = async (services: Services, type: keyof typeof madeAs, conversationId: string) => {
  const { conversation } = await conversationAsMade(services, type, conversationId);
  return presentConversation({ ...conversation, lastMessage: null }, { membership: madeAs[type], reading: undefined });
};

/** The group as its new owner sees it, or else, of one that it may no longer read, as it was recorded at that position. */
export const asTakenOver = async (
  { queries, events }: Services,
  userId: string,
  conversationId: string,
  position: number,
) => {
  if (await queries.readable(conversationId, userId)) return conversationFor(queries, userId, conversationId);
  let taken: Doc | undefined;
  for await (const event of eventsUpTo(events, streams.conversation(conversationId), position))
    taken = documentAfter(conversations, taken, event);
  const shown = { ...(taken as unknown as ConversationDoc), lastMessage: null };
  return presentConversation(shown, { membership: { role: 'owner' }, reading: undefined });
};

/** As their reader sees them, in the same order. */
export const presentDocs = async (queries: Queries, userId: string, found: readonly ConversationDoc[]) => {
  const ids = found.map(({ id }) => id);
  const [memberships, attitudes] = await Promise.all([
    queries.membershipsIn(userId, ids),
    queries.attitudesOf(userId, ids),
  ]);
  const [shown, readings] = await shownTo(queries, userId, found, memberships);
  return shown.map((conversation, i) =>
    presentConversation(conversation!, {
      membership: memberships[i],
      attitude: attitudes[i],
      reading: readings[i],
    }),
  );
};
