// Presents messages to their readers: some with all that they name, one, and a new one as it was recorded.

import { presentMessage, presentProfile, presentQuoted } from '../api/presenters.ts';
import type { Done } from '../commands/core.ts';
import type { EventOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { type MessageDoc, messageOf } from '../projections/messages.ts';
import { type Permitted, type Queries, threadsBegunBy } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import { storedFile } from './firstEvent.ts';

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
export type Sees = (messages: readonly MessageDoc[]) => readonly boolean[] | Promise<readonly boolean[]>;

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
