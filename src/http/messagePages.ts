// Pages of messages: of a conversation, of a thread, around a message.

import { Refused } from '../domain/refused.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { Page, Permitted, Queries, Slice } from '../projections/queries.ts';
import { messageIn, type Sees, withIncluded } from './showMessages.ts';

const isUuid = (text: string): boolean => text.includes('-');

const none = { items: [], more: false } as const;

/** Messages of one conversation, and so are those that they quote. */
const pageOf = async (
  queries: Queries,
  { seesAfter }: Permitted,
  items: readonly MessageDoc[],
  userId: string,
  next: number | null,
) => {
  const seesEach: Sees = (quoted) => quoted.map(({ seq }) => seq > seesAfter);
  const { shown, included } = await withIncluded(queries, items, userId, [], seesEach);
  return { items: shown, next: next === null ? null : String(next), included };
};

type Range = { readonly after?: number | undefined; readonly before?: number | undefined; readonly limit: number };

/** Ascending by `seq`: those after a place from it on, else those right before a place, or the last ones. */
const rangeOf = async (
  queries: Queries,
  conversation: Permitted,
  userId: string,
  { after, before, limit }: Range,
  find: (page: Page) => Promise<Slice<MessageDoc>>,
) => {
  const range: Page = {
    limit,
    after: Math.max(after ?? 0, conversation.seesAfter),
    descending: after === undefined,
    ...(before === undefined ? {} : { before }),
  };
  const { items, more } = await find(range);
  const next = more ? items.at(-1)!.seq : null;
  return pageOf(queries, conversation, after === undefined ? items.toReversed() : items, userId, next);
};

export const messagesOf = (queries: Queries, conversation: Permitted, userId: string, range: Range) =>
  rangeOf(queries, conversation, userId, range, (page) => queries.messagesIn(conversation.id, page));

/**
 * Of a thread, without the message that began it. Whoever does not see that one does not know of the thread.
 * @throws Refused `thread-unknown`
 */
export const threadMessagesOf = async (
  queries: Queries,
  conversation: Permitted,
  userId: string,
  threadId: string,
  range: Range,
) => {
  const root = await queries.message(threadId);
  const isSeen = root?.conversationId === conversation.id && root.seq > conversation.seesAfter;
  if (!isSeen || root.threadId !== undefined) throw new Refused('thread-unknown');
  return rangeOf(queries, conversation, userId, range, (page) => queries.messagesInThread(threadId, page));
};

/** Half of them before the message, it and the others after. @throws Refused `message-unknown` */
export const messagesAround = async (
  queries: Queries,
  conversation: Permitted,
  userId: string,
  around: string,
  limit: number,
) => {
  const { id, seesAfter: after } = conversation;
  const seq = isUuid(around) ? (await messageIn(queries, conversation, around)).seq : Number(around);
  if (seq <= after) throw new Refused('message-unknown');
  const half = Math.floor(limit / 2);
  const [earlier, later] = await Promise.all([
    half === 0 ? none : queries.messagesIn(id, { after, before: seq, descending: true, limit: half }),
    queries.messagesIn(id, { after: seq - 1, limit: limit - half }),
  ]);
  if (later.items[0]?.seq !== seq) throw new Refused('message-unknown');
  const next = later.more ? later.items.at(-1)!.seq : null;
  return pageOf(queries, conversation, [...earlier.items.toReversed(), ...later.items], userId, next);
};
