// Presents messages to their readers: one, pages, and a new one as it was recorded.

import { presentMessage, presentProfile } from '../api/presenters.ts';
import type { Done } from '../commands/core.ts';
import type { EventOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { fileOf } from '../projections/files.ts';
import { type MessageDoc, messageOf } from '../projections/messages.ts';
import type { Hit } from '../projections/queries/search.ts';
import type { Page, Permitted, Queries } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import { firstEvent } from './firstEvent.ts';

const isUuid = (text: string): boolean => text.includes('-');

const none = { items: [], more: false } as const;

/** As `userId` sees them. */
export const presentAll = async (queries: Queries, messages: readonly MessageDoc[], userId: string) => {
  const [files, marks] = await Promise.all([
    queries.filesById(messages.map(({ fileId }) => fileId)),
    queries.marksOn(
      messages.map(({ id }) => id),
      userId,
    ),
  ]);
  return messages.map((message) => presentMessage(message, files.get(message.fileId ?? ''), marks.get(message.id)));
};

/** The users whom the messages name, and those with these ids. */
export const usersIn = async (queries: Queries, messages: readonly MessageDoc[], others: readonly string[] = []) => {
  const named = messages.flatMap(({ senderId, removed }) => [senderId, removed?.by ?? null]);
  return [...(await queries.usersById([...named, ...others])).values()].map(presentProfile);
};

/** The message as it was recorded. If two processes recorded one command, the log has what the first of them decided. */
export const recordedMessage = async (
  { events, queries, decode }: Services,
  conversationId: string,
  { messageId, revision }: Pick<Done, 'revision'> & { readonly messageId: string },
) => {
  // If only the views remember the command, they have its message too.
  const from = revision ?? (await queries.message(messageId))!.seq - 1;
  const [recorded] = await events.readStream(streams.messages(conversationId), { from, limit: 1 });
  const message = messageOf(decode(recorded!) as EventOf<'MessageSent'>);
  if (message.fileId === null) return presentMessage(message, undefined);
  const { first } = await firstEvent(events, streams.file(message.fileId), 'FileStored');
  return presentMessage(message, fileOf(first));
};

/** The page with the users that it names. */
export const withUsers = async (
  queries: Queries,
  items: readonly MessageDoc[],
  userId: string,
  next: number | null,
) => {
  const [shown, users] = await Promise.all([presentAll(queries, items, userId), usersIn(queries, items)]);
  return { items: shown, next: next === null ? null : String(next), included: { users } };
};

/** Messages from many conversations, with their senders. */
export const presentFound = async (queries: Queries, hits: readonly Hit[], userId: string) => {
  const found = hits.map(({ message }) => message);
  const [messages, users] = await Promise.all([presentAll(queries, found, userId), usersIn(queries, found)]);
  return { messages, included: { users } };
};

type Range = { readonly after?: number | undefined; readonly before?: number | undefined; readonly limit: number };

/** Ascending by `seq`: those after a place from it on, else those right before a place, or the last ones. */
export const messagesOf = async (
  queries: Queries,
  { id, seesAfter }: Permitted,
  userId: string,
  { after, before, limit }: Range,
) => {
  const range: Page = {
    limit,
    after: Math.max(after ?? 0, seesAfter),
    descending: after === undefined,
    ...(before === undefined ? {} : { before }),
  };
  const { items, more } = await queries.messagesIn(id, range);
  const next = more ? items.at(-1)!.seq : null;
  return withUsers(queries, after === undefined ? items.toReversed() : items, userId, next);
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
  return withUsers(queries, [...earlier.items.toReversed(), ...later.items], userId, next);
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
  return (await presentAll(queries, [await messageIn(queries, conversation, messageId)], userId))[0];
};
