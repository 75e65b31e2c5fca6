// Groups, rooms, direct chats: making, finding and describing them.

import { z } from 'zod';
import { Conversation } from '../../api/answers.ts';
import { ConversationPage } from '../../api/pages.ts';
import { shown } from '../../api/reports.ts';
import { createGroup } from '../../commands/createGroup.ts';
import { describeConversation } from '../../commands/describeConversation.ts';
import { ids } from '../../commands/fields.ts';
import { openRoom } from '../../commands/openRoom.ts';
import { setPolicy } from '../../commands/setPolicy.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { treatDesk } from '../../commands/treatDesk.ts';
import { byActivity } from '../byActivity.ts';
import { commandRoute } from '../commandRoute.ts';
import { conversationLists } from '../conversationLists.ts';
import { cursor, limit, numberedPage, textCursor } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { asMade, conversationFor } from '../showConversations.ts';

const makeGroup = createGroup.narrowed(createGroup.input.omit({ conversationId: true }));

export const conversationRoutes = inArea('conversations', [
  route({
    name: 'getConversation',
    method: 'GET',
    path: '/v1/conversations/:conversationId',
    summary: 'See a conversation',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    refuses: ['conversation-unknown'],
    answers: { 200: Conversation },
    handle: async ({ services: { queries }, userId, params: { conversationId } }) => ({
      body: await conversationFor(queries, userId, conversationId),
    }),
  }),
  route({
    name: 'listConversations',
    method: 'GET',
    path: '/v1/conversations',
    summary: 'List your conversations, or those that anybody may find',
    description:
      'Yours in the order of joining; `scope=listed`: rooms and public groups, `scope=desks`: the desks that you opened ' +
      'or that were opened under your verified e-mail address, for staff all of them; both in the order of their making. ' +
      '`order=activity`: the one with the latest message first.',
    access: 'user',
    query: z.strictObject({
      scope: z.enum(['mine', 'listed', 'desks']).default('mine').describe('Which conversations.'),
      order: z
        .enum(['beginning', 'activity'])
        .default('beginning')
        .describe('`beginning`: as the list grew. `activity`: the latest message first.'),
      after: cursor,
      limit,
    }),
    answers: { 200: ConversationPage },
    handle: async ({ services, ctx, userId, query: { scope, order, ...wanted } }) => {
      const { queries } = services;
      if (order === 'beginning') return { body: await conversationLists[scope](queries, userId, numberedPage(wanted)) };
      const asked = { queries, userId, reading: readingOf(services, ctx) };
      return { body: await byActivity(asked, scope, { after: textCursor(wanted.after), limit: wanted.limit }) };
    },
  }),
  commandRoute({
    name: 'createGroup',
    method: 'POST',
    path: '/v1/groups',
    summary: 'Make a group',
    description: 'You own it. Public: anybody may read and join. Else only its members know of it.',
    command: makeGroup,
    example: { name: 'Tea', memberIds: ['0190b0a0-0000-7000-8000-000000000001'] },
    answers: shown(201, Conversation),
    present: ({ conversationId }, { services }) => asMade(services, 'GroupCreated', conversationId),
  }),
  commandRoute({
    name: 'openRoom',
    method: 'POST',
    path: '/v1/rooms',
    summary: 'Open a room',
    description: 'Every user may read and write in it, without joining.',
    command: openRoom,
    example: { name: 'Lobby', description: 'Everybody meets here.' },
    answers: shown(201, Conversation),
    present: ({ conversationId }, { services }) => asMade(services, 'RoomOpened', conversationId),
  }),
  commandRoute({
    name: 'startDirectChat',
    method: 'POST',
    path: '/v1/chats',
    summary: 'Start the direct chat with a user, or find it',
    command: startDirectChat,
    example: { userId: '0190b0a0-0000-7000-8000-000000000001' },
    answers: { 200: Conversation, ...shown(201, Conversation) },
    status: ({ isNew }) => (isNew ? 201 : 200),
    present: ({ conversationId, isNew }, { services, userId }) =>
      isNew
        ? asMade(services, 'DirectChatStarted', conversationId)
        : conversationFor(services.queries, userId, conversationId),
  }),
  commandRoute({
    name: 'updateConversation',
    method: 'PATCH',
    path: '/v1/conversations/:conversationId',
    summary: 'Describe a group or a room',
    description: 'A group by its owners; a room by who opened it and by staff.',
    command: describeConversation,
    example: { description: 'At five.' },
    answers: shown(200, Conversation),
    present: (_, { services, userId, wish }) => conversationFor(services.queries, userId, wish.conversationId),
  }),
  commandRoute({
    name: 'setPolicy',
    method: 'PATCH',
    path: '/v1/conversations/:conversationId/policy',
    summary: 'Set what the members of a group or a room may do',
    description:
      'Any part of it; the rest stays. Of a group by its owners; of a room by who opened it and by staff. A room has no ' +
      '`invite`, `history` and `receipts`, a public group no `history`.',
    command: setPolicy,
    example: { write: 'moderators', slowMode: 30 },
    answers: shown(200, Conversation),
    present: (_, { services, userId, wish }) => conversationFor(services.queries, userId, wish.conversationId),
  }),
  commandRoute({
    name: 'treatDesk',
    method: 'PUT',
    path: '/v1/conversations/:conversationId/desk',
    summary: 'Mute, leave, block or reopen a desk',
    description:
      '`muted`: you receive no pushes of it. `left`: you do not see it any more. `blocked`: nor may its visitor ask there ' +
      'any more. `open`: all as before. Who answers at the desk also lifts the blocks of accounts that were deleted or ' +
      'suspended, or do not see it any more.',
    command: treatDesk,
    example: { as: 'muted' },
    answers: { 204: null },
  }),
]);
