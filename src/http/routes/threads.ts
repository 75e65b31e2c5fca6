// Threads: reading, following and listing them.

import { z } from 'zod';
import { READ_THREAD_PATH } from '../../api/idempotency.ts';
import { MessagePage, ThreadPage } from '../../api/pages.ts';
import { ids } from '../../commands/fields.ts';
import { followThread } from '../../commands/followThread.ts';
import { markThreadRead } from '../../commands/markThreadRead.ts';
import { unfollowThread } from '../../commands/unfollowThread.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, newestFirstPage } from '../cursors.ts';
import { threadMessagesOf } from '../messagePages.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { mustBeReadable } from '../showMessages.ts';
import { followedThreads, threadsOf } from '../showThreads.ts';
import { place } from './messages.ts';

export const threadRoutes = inArea('threads', [
  route({
    name: 'listThreadMessages',
    method: 'GET',
    path: '/v1/conversations/:conversationId/messages/:messageId/thread',
    summary: 'Read a thread',
    description:
      'The messages with this `threadId`, without the one that began it, as a list of messages: the last ones; with `before`, ' +
      'those right before that `seq`; with `after`, those right after it. A message that nobody has answered in a thread has ' +
      'an empty one.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation, messageId: ids.message }),
    query: z.strictObject({
      before: place.describe('A `seq`: those right before it.'),
      after: place.describe('A `seq`: those right after it; 0: from the first on.'),
      limit,
    }),
    refuses: ['conversation-unknown', 'thread-unknown'],
    answers: { 200: MessagePage },
    handle: async ({ services: { queries }, userId, params: { conversationId, messageId }, query }) => {
      const conversation = await mustBeReadable(queries, conversationId, userId);
      return { body: await threadMessagesOf(queries, conversation, userId, messageId, query) };
    },
  }),
  route({
    name: 'listThreads',
    method: 'GET',
    path: '/v1/conversations/:conversationId/threads',
    summary: 'List the threads of a conversation',
    description:
      'The one with the latest message first. Those that began before you see its messages are left out, so a page may be short.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query: z.strictObject({ after: cursor, limit }),
    refuses: ['conversation-unknown'],
    answers: { 200: ThreadPage },
    handle: async ({ services: { queries }, userId, params: { conversationId }, query }) => {
      const conversation = await mustBeReadable(queries, conversationId, userId);
      return { body: await threadsOf(queries, userId, conversation, newestFirstPage(query)) };
    },
  }),
  route({
    name: 'listMyThreads',
    method: 'GET',
    path: '/v1/me/threads',
    summary: 'List the threads that you follow',
    description:
      'The one with the latest message first. You follow those that you wrote in, those that others wrote in after your message, ' +
      'and those that you asked for. A thread that nobody has written in is not listed.',
    access: 'user',
    query: z.strictObject({
      unread: z.enum(['true', 'false']).default('false').describe('`true`: those alone that have unread messages.'),
      after: cursor,
      limit,
    }),
    answers: { 200: ThreadPage },
    handle: async ({ services, ctx, userId, query: { unread, ...wanted } }) => {
      const asked = { queries: services.queries, userId, reading: readingOf(services, ctx) };
      return { body: await followedThreads(asked, newestFirstPage(wanted), unread === 'true') };
    },
  }),
  commandRoute({
    name: 'followThread',
    method: 'PUT',
    path: '/v1/conversations/:conversationId/messages/:messageId/thread/follow',
    summary: 'Follow a thread',
    command: followThread,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'unfollowThread',
    method: 'DELETE',
    path: '/v1/conversations/:conversationId/messages/:messageId/thread/follow',
    summary: 'Leave a thread',
    description: 'Until you follow it or write in it again.',
    command: unfollowThread,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'markThreadRead',
    method: 'POST',
    path: READ_THREAD_PATH,
    summary: 'Mark a thread as read',
    command: markThreadRead,
    example: { upTo: 7 },
    answers: { 204: null },
  }),
]);
