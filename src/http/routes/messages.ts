// Saying and reading.

import { z } from 'zod';
import { Message } from '../../api/answers.ts';
import { MESSAGE_PATH, READ_PATH, RESTORE_PATH, SEND_PATH } from '../../api/idempotency.ts';
import { MessagePage, VersionPage } from '../../api/pages.ts';
import { shown } from '../../api/reports.ts';
import { editMessage } from '../../commands/editMessage.ts';
import { ids } from '../../commands/fields.ts';
import { markRead } from '../../commands/markRead.ts';
import { removeMessage } from '../../commands/removeMessage.ts';
import { restoreMessage } from '../../commands/restoreMessage.ts';
import { sendMessage } from '../../commands/sendMessage.ts';
import { MOST_NAMES } from '../../domain/mentions.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage, whole } from '../cursors.ts';
import { messagesAround, messagesOf } from '../messagePages.ts';
import { inArea, route } from '../route.ts';
import { messageIn, mustBeReadable, readMessage, recordedMessage } from '../showMessages.ts';
import { mustSeeVersions, versionsOf } from '../showVersions.ts';

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

const editRoute = commandRoute({
  name: 'editMessage',
  method: 'PATCH',
  path: MESSAGE_PATH,
  summary: 'Edit a message',
  description:
    'Your own, as long as you may write there, and for as long after sending as the policy of the conversation says ' +
    '(`editFor`). Nobody is mentioned by it again. Everybody reads the new text; the policy says who sees earlier ones.',
  command: editMessage,
  example: { text: 'Hello, Ben' },
  answers: shown(200, Message),
  present: (_, { services, userId, wish }) => readMessage(services.queries, userId, wish),
});

const restoreRoute = commandRoute({
  name: 'restoreMessage',
  method: 'POST',
  path: RESTORE_PATH,
  summary: 'Bring back a message that you removed',
  description:
    'For as long after the removal as the policy of the conversation gives for removing (`removeFor`). What was erased stays ' +
    'erased.',
  command: restoreMessage,
  // An admin may remove and restore where it may not read.
  answers: { 204: null },
});

const removeRoute = commandRoute({
  name: 'removeMessage',
  method: 'DELETE',
  path: MESSAGE_PATH,
  summary: 'Remove a message',
  description:
    'Your own, for as long after sending as the policy of the conversation says (`removeFor`); as an owner or moderator of ' +
    'the group any message; as an admin any message, also where you may not read. It keeps its place, without its text and ' +
    'file, and whoever removed it can restore it. What its sender removed, a moderator or an admin can remove once more: ' +
    'then only they can restore it. The log still has it, for auditors.',
  command: removeMessage,
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
  route({
    name: 'listVersions',
    method: 'GET',
    path: `${MESSAGE_PATH}/versions`,
    summary: 'See every text that a message had',
    description:
      'For its sender, for auditors, and for whom the policy of the conversation says so (`versions`). Of a removed message ' +
      'for auditors alone. What an auditor sees as such is recorded. Of a message to which much happened a page may be short, or empty.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation, messageId: ids.message }),
    query: z.strictObject({ after: cursor, limit }),
    refuses: ['conversation-unknown', 'message-removed', 'message-unknown', 'not-yours'],
    answers: { 200: VersionPage },
    handle: async ({ services, identity, userId, origin, params: { conversationId, messageId }, query }) => {
      const conversation = await mustBeReadable(services.queries, conversationId, userId);
      const message = await messageIn(services.queries, conversation, messageId);
      await mustSeeVersions(services, message, identity, origin);
      return { body: await versionsOf(services, message, numberedPage(query)) };
    },
  }),
  editRoute,
  readRoute,
  removeRoute,
  restoreRoute,
]);
