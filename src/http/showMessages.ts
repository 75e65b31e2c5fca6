// Presents messages to their readers: one, pages, and a new one as it was recorded.

import { presentMessage, presentProfile, presentQuoted } from '../api/presenters.ts';
import type { Done } from '../commands/core.ts';
import type { EventOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { type MessageDoc, messageOf } from '../projections/messages.ts';
import { type Page, type Permitted, type Queries, type Slice, threadsBegunBy } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import { storedFile } from './firstEvent.ts';

const isUuid = (text: string): boolean => text.includes('-');

const none = { items: [], more: false } as const;

type Threads = ReturnType<typeof threadsBegunBy>;

/** As `userId` sees them. `threads`: those that they began. */
const presentAll = async (queries: Queries, messages: readonly MessageDoc[], userId: string, threads: Threads) => {
  const [files, annotations] = await Promise.all([
    queries.filesById(messages.map(({ fileId }) => fileId)),
    queries.annotationsOn(
      messages.map(({ id }) => id),
      userId,
    ),
  ]);
  return messages.map((message) => {
    const { id, fileId } = message;
    return presentMessage(message, files.get(fileId ?? ''), annotations.get(id), threads.get(id));
  });
};

/** For each of the messages: does the reader see it? */
type Sees = (messages: readonly MessageDoc[]) => readonly boolean[] | Promise<readonly boolean[]>;

/** The messages that these quote, as they are now, if the reader sees them; of those that are here too, nobody is asked. */
const quotedBy = async (queries: Queries, messages: readonly MessageDoc[], seesEach: Sees) => {
  const ids = new Set(messages.flatMap(({ replyTo }) => (replyTo ? [replyTo.messageId] : [])));
  if (ids.size === 0) return [];
  const here = messages.filter(({ id }) => ids.delete(id));
  if (ids.size === 0) return here;
  const others = [...(await queries.messagesById(ids)).values()];
  const isSeen = await seesEach(others);
  return [...here, ...others.filter((_, i) => isSeen[i])];
};

/**
 * Messages that `userId` sees, as they are shown, with the users and the messages that they name, and the users with the ids
 * of `others`. `seesEach`: for messages of the same conversations.
 */
export const withIncluded = async (
  queries: Queries,
  messages: readonly MessageDoc[],
  userId: string,
  others: readonly string[] = [],
  seesEach: Sees = (quoted) => queries.seesEach(userId, quoted),
) => {
  const threads = threadsBegunBy(messages);
  const quoted = await quotedBy(queries, messages, seesEach);
  const [shown, users] = await Promise.all([
    presentAll(queries, messages, userId, threads),
    queries.usersById([
      ...messages.flatMap(({ senderId, removed }) => [senderId, removed?.by ?? null]),
      ...quoted.map(({ senderId }) => senderId),
      ...[...threads.values()].flatMap(({ lastReply, participantIds }) => [lastReply.senderId, ...participantIds]),
      ...others,
    ]),
  ]);
  const included = { users: [...users.values()].map(presentProfile), messages: quoted.map(presentQuoted) };
  return { shown, included };
};

/** What the command that sent a message resolves to. */
export type Sent = Pick<Done, 'revision'> & { readonly messageId: string };

/**
 * The message as it was recorded, with its file. If two processes recorded one command, the log has what the first of them
 * decided.
 */
export const messageAsSent = async (
  { events, queries, decode }: Services,
  conversationId: string,
  { messageId, revision }: Sent,
) => {
  // If only the views remember the command, they have its message too.
  const from = revision ?? (await queries.message(messageId))!.seq - 1;
  const [recorded] = await events.readStream(streams.messages(conversationId), { from, limit: 1 });
  const message = messageOf(decode(recorded!) as EventOf<'MessageSent'>);
  return { message, file: message.fileId === null ? undefined : await storedFile(events, message.fileId) };
};

export const recordedMessage = async (services: Services, conversationId: string, sent: Sent) => {
  const { message, file } = await messageAsSent(services, conversationId, sent);
  return presentMessage(message, file);
};

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

/** @throws Refused `message-unknown` */
export const messageIn = async (
  queries: Queries,
  { id, seesAfter }: Pick<Permitted, 'id' | 'seesAfter'>,
  messageId: string,
): Promise<MessageDoc> => {
  const message = await queries.message(messageId);
  if (message?.conversationId !== id || message.seq <= seesAfter) throw new Refused('message-unknown');
  return message;
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

/** @throws Refused `conversation-unknown` */
export const mustBeReadable = async (queries: Queries, conversationId: string, userId: string): Promise<Permitted> => {
  const conversation = await queries.readable(conversationId, userId);
  if (conversation === undefined) throw new Refused('conversation-unknown');
  return conversation;
};

/** One message, as `userId` reads it. @throws Refused `conversation-unknown`, `message-unknown` */
export const readMessage = async (
  queries: Queries,
  userId: string,
  { conversationId, messageId }: { readonly conversationId: string; readonly messageId: string },
) => {
  const conversation = await mustBeReadable(queries, conversationId, userId);
  const messages = [await messageIn(queries, conversation, messageId)];
  return (await presentAll(queries, messages, userId, threadsBegunBy(messages)))[0];
};
