// Saying and reading. What is done with messages later is in `changedMessages.ts` and `annotations.ts`.

import { z } from 'zod';
import { Message } from '../../api/answers.ts';
import { READ_PATH, SEND_PATH } from '../../api/idempotency.ts';
import { MessagePage } from '../../api/pages.ts';
import { shown } from '../../api/reports.ts';
import { ids } from '../../commands/fields.ts';
import { markRead } from '../../commands/markRead.ts';
import { sendMessage } from '../../commands/sendMessage.ts';
import { MOST_NAMES } from '../../domain/mentions.ts';
import { commandRoute } from '../commandRoute.ts';
import { limit, whole } from '../cursors.ts';
import { messagesAround, messagesOf } from '../messagePages.ts';
import { inArea, route } from '../route.ts';
import { mustBeReadable, readMessage, recordedMessage } from '../showMessages.ts';

const sendRoute = commandRoute({
  name: 'sendMessage',
  method: 'POST',
  path: SEND_PATH,
  summary: 'Send a message',
  description:
    'A text, a file you stored, or both. `replyTo` quotes a message of the conversation; `threadId` puts yours into the thread of ' +
    `one. Whoever writes in a thread follows it. \`@name\`, a whole username, calls that account if it may read the ` +
    `conversation: ${MOST_NAMES} names at most, none in code. \`@everyone\` calls all members, and \`@here\` puts those present ` +
    'into `mentioned`, if you may call all: by the first policy moderators and owners alone (`callAll`). Else these are plain ' +
    'text, and the message is sent all the same: `mentioned` and `call` of the answer say whom it called.',
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

/** A place in a conversation, in a query. */
export const place = whole.optional();

const Query = z
  .strictObject({
    before: place.describe('A `seq`: those right before it.'),
    after: place.describe('A `seq`: those right after it; 0: from the first on.'),
    around: z
      .union([whole, ids.message])
      .transform(String)
      .optional()
      .meta({ maxLength: 36, description: 'The `seq` or the id of a message.', examples: [7] }),
    limit,
  })
  .refine(({ before, after, around }) => around === undefined || (before ?? after) === undefined, {
    path: ['around'],
    error: 'Not together with before or after.',
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
      'after it; with `around`, a message and those on both sides of it. `next` goes where the page was cut: as `after` ' +
      'where `after` or `around` was given, else as `before`. Those before a page around a message come with the `seq` of ' +
      'its first as `before`. Where the policy shows members what was sent since they joined, ' +
      'the list begins there.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query: Query,
    refuses: ['conversation-unknown', 'message-unknown'],
    answers: { 200: MessagePage },
    handle: async ({ services: { queries }, userId, params: { conversationId }, query: { around, ...range } }) => {
      const conversation = await mustBeReadable(queries, conversationId, userId);
      if (around === undefined) return { body: await messagesOf(queries, conversation, userId, range) };
      return { body: await messagesAround(queries, conversation, userId, around, range.limit) };
    },
  }),
  route({
    name: 'getMessage',
    method: 'GET',
    path: '/v1/conversations/:conversationId/messages/:messageId',
    summary: 'See one message',
    access: 'user',
    params: z.object({ conversationId: ids.conversation, messageId: ids.message }),
    refuses: ['conversation-unknown', 'message-unknown'],
    answers: { 200: Message },
    handle: async ({ services: { queries }, userId, params }) => ({
      body: await readMessage(queries, userId, params),
    }),
  }),
  readRoute,
]);
