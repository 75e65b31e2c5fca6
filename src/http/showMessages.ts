// Presents messages to their readers: one, pages, and a new one as it was recorded.

import { presentMessage, presentProfile, presentQuoted } from '../api/presenters.ts';
import type { Done } from '../commands/core.ts';
import type { EventOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { fileOf } from '../projections/files.ts';
import { type MessageDoc, messageOf } from '../projections/messages.ts';
import type { Page, Queries, Slice, ThreadSummary } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import { firstEvent } from './firstEvent.ts';

const isUuid = (text: string): boolean => text.includes('-');

const none = { items: [], more: false } as const;

const presentAll = async (
  queries: Queries,
  messages: readonly MessageDoc[],
  threads: ReadonlyMap<string, ThreadSummary>,
) => {
  const files = await queries.filesById(messages.map(({ fileId }) => fileId));
  return messages.map((message) => presentMessage(message, files.get(message.fileId ?? ''), threads.get(message.id)));
};

/** The messages that these quote, as they are now; of those that are here too, nobody is asked. */
const quotedBy = async (queries: Queries, messages: readonly MessageDoc[]): Promise<readonly MessageDoc[]> => {
  const ids = new Set(messages.flatMap(({ replyTo }) => (replyTo ? [replyTo.messageId] : [])));
  if (ids.size === 0) return [];
  const here = messages.filter(({ id }) => ids.delete(id));
  return [...here, ...(await queries.messagesById(ids)).values()];
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

/** The messages as they are shown, with the users and the messages that they name. */
export const withIncluded = async (queries: Queries, messages: readonly MessageDoc[]) => {
  const [quoted, threads] = await Promise.all([quotedBy(queries, messages), queries.threadsBegunBy(messages)]);
  const [shown, users] = await Promise.all([
    presentAll(queries, messages, threads),
    queries.usersById([
      ...messages.flatMap(({ senderId, removed }) => [senderId, removed?.by ?? null]),
      ...quoted.map(({ senderId }) => senderId),
      ...[...threads.values()].flatMap(({ lastReply, participantIds }) => [lastReply.senderId, ...participantIds]),
    ]),
  ]);
  const included = { users: [...users.values()].map(presentProfile), messages: quoted.map(presentQuoted) };
  return { shown, included };
};

const pageOf = async (queries: Queries, items: readonly MessageDoc[], next: number | null) => {
  const { shown, included } = await withIncluded(queries, items);
  return { items: shown, next: next === null ? null : String(next), included };
};

type Range = { readonly after?: number | undefined; readonly before?: number | undefined; readonly limit: number };

/** Ascending by `seq`: those after a place from it on, else those right before a place, or the last ones. */
const rangeOf = async (
  queries: Queries,
  { after, before, limit }: Range,
  find: (page: Page) => Promise<Slice<MessageDoc>>,
) => {
  const range: Page = {
    limit,
    ...(after === undefined ? { descending: true } : { after }),
    ...(before === undefined ? {} : { before }),
  };
  const { items, more } = await find(range);
  const next = more ? items.at(-1)!.seq : null;
  return pageOf(queries, after === undefined ? items.toReversed() : items, next);
};

export const messagesOf = (queries: Queries, conversationId: string, range: Range) =>
  rangeOf(queries, range, (page) => queries.messagesIn(conversationId, page));

/** Of a thread, without the message that began it. @throws Refused `thread-unknown` */
export const threadMessagesOf = async (queries: Queries, conversationId: string, threadId: string, range: Range) => {
  const root = await queries.message(threadId);
  if (root?.conversationId !== conversationId || root.threadId !== undefined) throw new Refused('thread-unknown');
  return rangeOf(queries, range, (page) => queries.messagesInThread(threadId, page));
};

/** @throws Refused `message-unknown` */
const messageIn = async (queries: Queries, conversationId: string, messageId: string): Promise<MessageDoc> => {
  const message = await queries.message(messageId);
  if (message?.conversationId !== conversationId) throw new Refused('message-unknown');
  return message;
};

/** @throws Refused `message-unknown` */
export const messageFor = async (queries: Queries, conversationId: string, messageId: string) => {
  const messages = [await messageIn(queries, conversationId, messageId)];
  return (await presentAll(queries, messages, await queries.threadsBegunBy(messages)))[0];
};

/** Half of them before the message, it and the others after. @throws Refused `message-unknown` */
export const messagesAround = async (queries: Queries, conversationId: string, around: string, limit: number) => {
  const seq = isUuid(around) ? (await messageIn(queries, conversationId, around)).seq : Number(around);
  const half = Math.floor(limit / 2);
  const [earlier, later] = await Promise.all([
    half === 0 ? none : queries.messagesIn(conversationId, { before: seq, descending: true, limit: half }),
    queries.messagesIn(conversationId, { after: seq - 1, limit: limit - half }),
  ]);
  if (later.items[0]?.seq !== seq) throw new Refused('message-unknown');
  const next = later.more ? later.items.at(-1)!.seq : null;
  return pageOf(queries, [...earlier.items.toReversed(), ...later.items], next);
};

/** @throws Refused `conversation-unknown` */
export const mustBeReadable = async (queries: Queries, conversationId: string, userId: string): Promise<void> => {
  if (!(await queries.readable(conversationId, userId))) throw new Refused('conversation-unknown');
};
