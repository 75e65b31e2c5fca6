// Groups, rooms, direct chats: making, finding and describing them.

import { z } from 'zod';
import { createGroup } from '../../commands/createGroup.ts';
import { describeConversation } from '../../commands/describeConversation.ts';
import { id } from '../../commands/fields.ts';
import { openRoom } from '../../commands/openRoom.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { streams } from '../../domain/events.ts';
import { Refused } from '../../domain/refused.ts';
import { type ConversationDoc, conversations } from '../../projections/conversations.ts';
import { documentAfter } from '../../projections/projection.ts';
import type { Queries } from '../../projections/queries.ts';
import type { Services } from '../../services.ts';
import { Conversation, pageOf, shown } from '../answers.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberCursor, page } from '../cursors.ts';
import { firstEvent } from '../firstEvent.ts';
import { presentConversation } from '../presenters.ts';
import { route } from '../route.ts';

const area = 'conversations';

/** The conversation as its reader sees it. @throws Refused `conversation-unknown` */
export const conversationFor = async (queries: Queries, userId: string, conversationId: string) => {
  const [conversation, membership, [read = 0]] = await Promise.all([
    queries.readable(conversationId, userId),
    queries.membership(conversationId, userId),
    queries.readsOf(userId, [conversationId]),
  ]);
  if (!conversation) throw new Refused('conversation-unknown');
  return presentConversation(conversation, { membership, read });
};

/** The conversation as `userId` made it, from what was recorded then: a retry gets the first answer. */
const asMade = async ({ events }: Services, type: 'GroupCreated' | 'RoomOpened', conversationId: string) => {
  const { first, all } = await firstEvent(events, streams.conversation(conversationId), type);
  const made = documentAfter(conversations, undefined, first) as unknown as ConversationDoc;
  const { correlationId } = first.meta;
  const added = all.filter((event) => event.type === 'MemberAdded' && event.meta.correlationId === correlationId);
  return presentConversation(
    { ...made, memberCount: made.memberCount + added.length },
    { membership: type === 'GroupCreated' ? { role: 'owner' } : undefined, read: 0 },
  );
};

type Wanted = { readonly after?: number; readonly limit: number };

const listedFor = async (queries: Queries, userId: string, query: Wanted, found = queries.listed(query)) => {
  const listed = await found;
  const ids = listed.items.map(({ id }) => id);
  const [memberships, reads] = await Promise.all([queries.membershipsIn(userId, ids), queries.readsOf(userId, ids)]);
  const present = (conversation: ConversationDoc, i: number) =>
    presentConversation(conversation, { membership: memberships[i], read: reads[i] ?? 0 });
  return page(listed, ({ number }) => number, present);
};

const desksFor = async (queries: Queries, userId: string, query: Wanted) =>
  listedFor(queries, userId, query, queries.desksFor(userId, query));

const mineOf = async (queries: Queries, userId: string, query: Wanted) => {
  const mine = await queries.conversationsOf(userId, query);
  const reads = await queries.readsOf(
    userId,
    mine.items.map(({ membership }) => membership.conversationId),
  );
  return page(
    mine,
    ({ membership }) => membership.since,
    ({ membership, conversation }, i) =>
      conversation && presentConversation(conversation, { membership, read: reads[i] ?? 0 }),
  );
};

const lists = { mine: mineOf, listed: listedFor, desks: desksFor };

const makeGroup = createGroup.narrowed(createGroup.input.omit({ conversationId: true }));

export const conversationRoutes = [
  route({
    method: 'GET',
    path: '/v1/conversations/:conversationId',
    area,
    summary: 'See a conversation',
    access: 'user',
    params: z.object({ conversationId: id }),
    answers: { 200: Conversation },
    handle: async ({ services: { queries }, userId, params: { conversationId } }) => ({
      status: 200,
      body: await conversationFor(queries, userId, conversationId),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/conversations',
    area,
    summary: 'List your conversations, or those that anybody may find',
    description:
      'Yours in the order of joining; `scope=listed`: rooms and public groups, `scope=desks`: the desks at which your ' +
      'e-mail address has asked something, for staff all of them; both in the order of their making.',
    access: 'user',
    query: z.strictObject({ scope: z.enum(['mine', 'listed', 'desks']).default('mine'), after: cursor, limit }),
    answers: { 200: pageOf(Conversation) },
    handle: async ({ services: { queries }, userId, query: { scope, after, limit } }) => {
      const from = numberCursor(after);
      const wanted = from === undefined ? { limit } : { limit, after: from };
      return { status: 200, body: await lists[scope](queries, userId, wanted) };
    },
  }),
  commandRoute({
    method: 'POST',
    path: '/v1/groups',
    area,
    summary: 'Make a group',
    description: 'You own it. Public: anybody may read and join. Else only its members know of it.',
    command: makeGroup,
    example: { name: 'Tea', memberIds: ['0190b0a0-0000-7000-8000-000000000001'] },
    answers: shown(201, Conversation),
    present: ({ conversationId }, { services }) => asMade(services, 'GroupCreated', conversationId),
  }),
  commandRoute({
    method: 'POST',
    path: '/v1/rooms',
    area,
    summary: 'Open a room',
    description: 'Every user may read and write in it, without joining.',
    command: openRoom,
    example: { name: 'Lobby', description: 'Everybody meets here.' },
    answers: shown(201, Conversation),
    present: ({ conversationId }, { services }) => asMade(services, 'RoomOpened', conversationId),
  }),
  commandRoute({
    method: 'POST',
    path: '/v1/chats',
    area,
    summary: 'Start the direct chat with a user, or find it',
    command: startDirectChat,
    example: { userId: '0190b0a0-0000-7000-8000-000000000001' },
    answers: { 200: Conversation, ...shown(201, Conversation) },
    status: ({ isNew }) => (isNew ? 201 : 200),
    present: ({ conversationId }, { services, userId }) => conversationFor(services.queries, userId, conversationId),
  }),
  commandRoute({
    method: 'PATCH',
    path: '/v1/conversations/:conversationId',
    area,
    summary: 'Describe a group or a room',
    description: 'A group by its owners; a room by who opened it and by staff.',
    command: describeConversation,
    example: { description: 'At five.' },
    answers: shown(200, Conversation),
    present: (_, { services, userId, wish }) => conversationFor(services.queries, userId, wish.conversationId),
  }),
];
