// Presents messages to their readers: one, pages, and a new one as it was recorded.

import { presentMessage, presentProfile } from '../api/presenters.ts';
import type { Done } from '../commands/core.ts';
import type { EventOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { fileOf } from '../projections/files.ts';
import { type MessageDoc, messageOf } from '../projections/messages.ts';
import type { Page, Queries } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import { firstEvent } from './firstEvent.ts';

const isUuid = (text: string): boolean => text.includes('-');

const none = { items: [], more: false } as const;

const presentAll = async (queries: Queries, messages: readonly MessageDoc[]) => {
  const files = await queries.filesById(messages.map(({ fileId }) => fileId));
  return messages.map((message) => presentMessage(message, files.get(message.fileId ?? '')));
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
export const withUsers = async (queries: Queries, items: readonly MessageDoc[], next: number | null) => {
  const [shown, users] = await Promise.all([
    presentAll(queries, items),
    queries.usersById(items.flatMap(({ senderId, removed }) => [senderId, removed?.by ?? null])),
  ]);
  const included = { users: [...users.values()].map(presentProfile) };
  return { items: shown, next: next === null ? null : String(next), included };
};

type Range = { readonly after?: number | undefined; readonly before?: number | undefined; readonly limit: number };

/** Ascending by `seq`: those after a place from it on, else those right before a place, or the last ones. */
export const messagesOf = async (queries: Queries, conversationId: string, { after, before, limit }: Range) => {
  const range: Page = {
    limit,
    ...(after === undefined ? { descending: true } : { after }),
    ...(before === undefined ? {} : { before }),
  };
  const { items, more } = await queries.messagesIn(conversationId, range);
  const next = more ? items.at(-1)!.seq : null;
  return withUsers(queries, after === undefined ? items.toReversed() : items, next);
};

/** @throws Refused `message-unknown` */
export const messageIn = async (queries: Queries, conversationId: string, messageId: string): Promise<MessageDoc> => {
  const message = await queries.message(messageId);
  if (message?.conversationId !== conversationId) throw new Refused('message-unknown');
  return message;
};

/** @throws Refused `message-unknown` */
export const messageFor = async (queries: Queries, conversationId: string, messageId: string) =>
  (await presentAll(queries, [await messageIn(queries, conversationId, messageId)]))[0];

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
  return withUsers(queries, [...earlier.items.toReversed(), ...later.items], next);
};

/** @throws Refused `conversation-unknown` */
export const mustBeReadable = async (queries: Queries, conversationId: string, userId: string): Promise<void> => {
  if (!(await queries.readable(conversationId, userId))) throw new Refused('conversation-unknown');
};
