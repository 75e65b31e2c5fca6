// Saying and reading.

import { z } from 'zod';
import { Message } from '../../api/answers.ts';
import { READ_PATH, SEND_PATH } from '../../api/idempotency.ts';
import { MessagePage } from '../../api/pages.ts';
import { presentMessage } from '../../api/presenters.ts';
import { shown } from '../../api/reports.ts';
import type { Done } from '../../commands/core.ts';
import { ids } from '../../commands/fields.ts';
import { markRead } from '../../commands/markRead.ts';
import { removeMessage } from '../../commands/removeMessage.ts';
import { sendMessage } from '../../commands/sendMessage.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import { type FileDoc, files } from '../../projections/files.ts';
import { type MessageDoc, messages } from '../../projections/messages.ts';
import { documentAfter } from '../../projections/projection.ts';
import type { Page, Queries } from '../../projections/queries.ts';
import type { Services } from '../../services.ts';
import { commandRoute } from '../commandRoute.ts';
import { limit, whole } from '../cursors.ts';
import { firstEvent } from '../firstEvent.ts';
import { inArea, route } from '../route.ts';

const presentAll = async (queries: Queries, messages: readonly MessageDoc[]) => {
  const files = await queries.filesById(messages.map(({ fileId }) => fileId));
  return messages.map((message) => presentMessage(message, files.get(message.fileId ?? '')));
};

/** The message as it was recorded. If two processes recorded one command, the log has what the first of them decided. */
const recordedMessage = async (
  { events, queries, decode }: Services,
  conversationId: string,
  { messageId, revision }: Pick<Done, 'revision'> & { readonly messageId: string },
) => {
  // If only the views remember the command, they have its message too.
  const from = revision ?? (await queries.message(messageId))!.seq - 1;
  const [recorded] = await events.readStream(streams.messages(conversationId), { from, limit: 1 });
  const message = documentAfter(messages, undefined, decode(recorded!)) as unknown as MessageDoc;
  if (message.fileId === null) return presentMessage(message, undefined);
  const { first } = await firstEvent(events, streams.file(message.fileId), 'FileStored');
  return presentMessage(message, documentAfter(files, undefined, first) as unknown as FileDoc);
};

/** Ascending by `seq`: those after a place from it on, else those right before a place, or the last ones. */
const messagesOf = async (
  queries: Queries,
  conversationId: string,
  wanted: { after?: number | undefined; before?: number | undefined; limit: number },
) => {
  const { after, before, limit } = wanted;
  const range: Page = {
    limit,
    ...(after === undefined ? { descending: true } : { after }),
    ...(before === undefined ? {} : { before }),
  };
  const { items, more } = await queries.messagesIn(conversationId, range);
  const next = more ? String(items.at(-1)!.seq) : null;
  return { items: await presentAll(queries, after === undefined ? items.toReversed() : items), next };
};

const sendRoute = commandRoute({
  name: 'sendMessage',
  method: 'POST',
  path: SEND_PATH,
  summary: 'Send a message',
  description: 'A text, a file you stored, or both.',
  command: sendMessage,
  example: { text: 'Hello' },
  answers: shown(201, Message),
  present: (done, { services, wish }) => recordedMessage(services, wish.conversationId, done),
});

const readRoute = commandRoute({
  name: 'markRead',
  method: 'POST',
  path: READ_PATH,
  summary: 'Mark messages as read',
  command: markRead,
  example: { upTo: 7 },
  answers: { 204: null },
});

const removeRoute = commandRoute({
  name: 'removeMessage',
  method: 'DELETE',
  path: '/v1/conversations/:conversationId/messages/:messageId',
  summary: 'Remove a message',
  description:
    'Your own; as an admin any message, also where you may not read. It keeps its place, without its text and file. The log ' +
    'still has it, for auditors.',
  command: removeMessage,
  answers: { 204: null },
});

export const messageRoutes = inArea('messages', [
  sendRoute,
  route({
    name: 'listMessages',
    method: 'GET',
    path: '/v1/conversations/:conversationId/messages',
    summary: 'Read messages',
    description:
      'In the order of `seq`. The last ones; with `before`, those right before that `seq`; with `after`, those right ' +
      'after it. `next` goes where the page was cut: as `after` where that was given, else as `before`.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query: z.strictObject({ before: whole.optional(), after: whole.optional(), limit }),
    answers: { 200: MessagePage },
    handle: async ({ services: { queries }, userId, params: { conversationId }, query }) => {
      if (!(await queries.readable(conversationId, userId))) throw new Refused('conversation-unknown');
      return { status: 200, body: await messagesOf(queries, conversationId, query) };
    },
  }),
  readRoute,
  removeRoute,
]);
