// Who is in a conversation.

import { z } from 'zod';
import { Conversation, Member, pageOf, shown } from '../../api/answers.ts';
import { presentMember } from '../../api/presenters.ts';
import { id } from '../../commands/fields.ts';
import { AddMember, addMember, join, leave, removeMember } from '../../commands/members.ts';
import { Refused } from '../../domain/refused.ts';
import type { MembershipDoc } from '../../projections/memberships.ts';
import type { Queries } from '../../projections/queries.ts';
import { cursor, limit, numberCursor, page } from '../cursors.ts';
import { route } from '../route.ts';
import { conversationFor } from './conversations.ts';

const area = 'members';
const params = z.object({ conversationId: id });

const membersOf = async (
  queries: Queries,
  userId: string,
  conversationId: string,
  wanted: { after?: number; limit: number },
) => {
  const conversation = await queries.readable(conversationId, userId);
  if (!conversation) throw new Refused('conversation-unknown');
  // The two of a direct chat joined at the same place in the log, between which no cursor can point.
  const limit = conversation.kind === 'direct' ? 3 : wanted.limit;
  const members = await queries.members(conversationId, { ...wanted, limit });
  const users = await queries.usersById(members.items.map(({ userId }) => userId));
  const present = (member: MembershipDoc) => {
    const user = users.get(member.userId);
    return user && presentMember(member, user);
  };
  return page(members, ({ since }) => since, present);
};

/** `addedAt`: given for a retry, which is shown what was recorded, as who sends it need not be in there any more. */
const memberOf = async (queries: Queries, conversationId: string, userId: string, addedAt: string | undefined) => {
  const [membership, user] = await Promise.all([queries.membership(conversationId, userId), queries.user(userId)]);
  const added = addedAt === undefined ? membership : { role: 'member' as const, joinedAt: addedAt };
  if (!added || !user) throw new Refused('user-unknown');
  return presentMember(added, user);
};

export const memberRoutes = [
  route({
    method: 'GET',
    path: '/v1/conversations/:conversationId/members',
    area,
    summary: 'List the members',
    description: 'In the order of joining. A room has none.',
    access: 'user',
    params,
    query: z.strictObject({ after: cursor, limit }),
    answers: { 200: pageOf(Member) },
    handle: async ({ services: { queries }, userId, params: { conversationId }, query: { after, limit } }) => {
      const from = numberCursor(after);
      const wanted = from === undefined ? { limit } : { limit, after: from };
      return { status: 200, body: await membersOf(queries, userId, conversationId, wanted) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/conversations/:conversationId/members',
    area,
    summary: 'Add a user to a group you own',
    access: 'user',
    params,
    body: AddMember.omit({ conversationId: true }),
    example: { userId: '0190b0a0-0000-7000-8000-000000000001' },
    answers: shown(201, Member),
    handle: async ({ services: { core, queries }, origin, params: { conversationId }, body: { userId } }) => {
      const { position, recordedAt } = await addMember(core, origin, { conversationId, userId });
      return { status: 201, position, body: () => memberOf(queries, conversationId, userId, recordedAt) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/conversations/:conversationId/members/:userId',
    area,
    summary: 'Remove a user from a group you own',
    access: 'user',
    params: AddMember,
    answers: { 204: null },
    handle: async ({ services: { core }, origin, params }) => {
      const { position } = await removeMember(core, origin, params);
      return { status: 204, position };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/conversations/:conversationId/join',
    area,
    summary: 'Join a public group',
    access: 'user',
    params,
    answers: shown(200, Conversation),
    handle: async ({ services: { core, queries }, origin, userId, params: { conversationId } }) => {
      const { position } = await join(core, origin, conversationId);
      return { status: 200, position, body: () => conversationFor(queries, userId, conversationId) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/conversations/:conversationId/leave',
    area,
    summary: 'Leave a group',
    description: 'When its last owner leaves, it passes to whoever has been in it longest.',
    access: 'user',
    params,
    answers: { 204: null },
    handle: async ({ services: { core }, origin, params: { conversationId } }) => {
      const { position } = await leave(core, origin, conversationId);
      return { status: 204, position };
    },
  }),
];
