// Editing and removing messages, and the texts that they had.

import { z } from 'zod';
import { Message } from '../../api/answers.ts';
import { MESSAGE_PATH, RESTORE_PATH } from '../../api/idempotency.ts';
import { VersionPage } from '../../api/pages.ts';
import { shown } from '../../api/reports.ts';
import { editMessage } from '../../commands/editMessage.ts';
import { ids } from '../../commands/fields.ts';
import { removeMessage } from '../../commands/removeMessage.ts';
import { restoreMessage } from '../../commands/restoreMessage.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage } from '../cursors.ts';
import { inArea, route } from '../route.ts';
import { messageIn, mustBeReadable, readMessage } from '../showMessages.ts';
import { mustSeeVersions, versionsOf } from '../showVersions.ts';

export const changedMessageRoutes = inArea('messages', [
  commandRoute({
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
  }),
  commandRoute({
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
  }),
  commandRoute({
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
]);
