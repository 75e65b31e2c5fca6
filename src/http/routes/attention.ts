// What calls for one's attention: mentions, unread messages, alert words; and who has seen a message.

import { z } from 'zod';
import { AlertWords, Unread } from '../../api/answers.ts';
import { MentionPage, ProfilePage } from '../../api/pages.ts';
import { chooseAlertWords } from '../../commands/chooseAlertWords.ts';
import { ids } from '../../commands/fields.ts';
import { showReceipts } from '../../commands/showReceipts.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, newestFirstPage, textCursor } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { mentionsFor, seenBy, unreadFor } from '../showAttention.ts';

export const attentionRoutes = inArea('messages', [
  route({
    name: 'listMentions',
    method: 'GET',
    path: '/v1/me/mentions',
    summary: 'List the messages that call you',
    description:
      'By `@username`, by `@here` while you were present, or by `@everyone` since you joined; the newest first. What you may not read ' +
      'now is left out, and so are removed messages, so a page may be short. Calls of everybody are looked for in the 1,000 ' +
      'conversations that you joined last.',
    access: 'user',
    query: z.strictObject({ after: cursor, limit }),
    answers: { 200: MentionPage },
    handle: async ({ services, ctx, userId, query }) => {
      const reading = readingOf(services, ctx, services.searches);
      // It looks into as many conversations: one list of an account at a time, so that others have their turns.
      await reading.turn();
      try {
        return { body: await mentionsFor(services.queries, userId, newestFirstPage(query)) };
      } finally {
        reading.rest();
      }
    },
  }),
  route({
    name: 'getUnread',
    method: 'GET',
    path: '/v1/me/unread',
    summary: 'Count what you have not read',
    description: 'In all, and by conversation.',
    access: 'user',
    answers: { 200: Unread },
    handle: async ({ services, ctx, userId }) => ({
      body: await unreadFor(services.queries, userId, readingOf(services, ctx)),
    }),
  }),
  route({
    name: 'getAlertWords',
    method: 'GET',
    path: '/v1/me/alert-words',
    summary: 'See your alert words',
    access: 'user',
    answers: { 200: AlertWords },
    handle: async ({ services: { queries }, userId }) => ({
      body: { words: [...(await queries.alertWordsOf(userId))] },
    }),
  }),
  commandRoute({
    name: 'chooseAlertWords',
    method: 'PUT',
    path: '/v1/me/alert-words',
    summary: 'Choose your alert words',
    description:
      'A message of somebody else with one of them, as a whole word, is followed by a frame `alert` on your sockets. Nobody else ' +
      'sees your words.',
    command: chooseAlertWords,
    example: { words: ['deploy'] },
    answers: { 204: null },
  }),
  commandRoute({
    name: 'showReceipts',
    method: 'PUT',
    path: '/v1/me/receipts',
    summary: 'Show or withhold how far you have read',
    description: 'Withheld: nobody is shown how far you have read, and you are not shown how far others have.',
    command: showReceipts,
    example: { shown: false },
    answers: { 204: null },
  }),
  route({
    name: 'listSeenBy',
    method: 'GET',
    path: '/v1/conversations/:conversationId/messages/:messageId/seen',
    summary: 'List who has seen a message',
    description:
      'The members who have read so far, those first who have read least; but not its sender, nor who joined after it, nor who ' +
      'withholds it. It is about now: there is no `asOf`.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation, messageId: ids.message }),
    query: z.strictObject({ after: cursor, limit }),
    refuses: ['conversation-unknown', 'not-a-member', 'receipts-off', 'message-unknown'],
    hasPast: false,
    answers: { 200: ProfilePage },
    handle: async ({ services, ctx, userId, params, query: { after, limit } }) => {
      const asked = { queries: services.queries, reading: readingOf(services, ctx), userId };
      return { body: await seenBy(asked, params, { after: textCursor(after), limit }) };
    },
  }),
]);
