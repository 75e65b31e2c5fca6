// The members of a conversation.

import { z } from 'zod';
import { Conversation, Member } from '../../api/answers.ts';
import { MemberPage } from '../../api/pages.ts';
import { presentMember } from '../../api/presenters.ts';
import { shown } from '../../api/reports.ts';
import { addMember } from '../../commands/addMember.ts';
import { appointOwner } from '../../commands/appointOwner.ts';
import { dismissOwner } from '../../commands/dismissOwner.ts';
import { ids } from '../../commands/fields.ts';
import { join } from '../../commands/join.ts';
import { leave } from '../../commands/leave.ts';
import { removeMember } from '../../commands/removeMember.ts';
import { takeOver } from '../../commands/takeOver.ts';
import { Refused } from '../../domain/refused.ts';
import type { MembershipDoc } from '../../projections/memberships.ts';
import type { Queries } from '../../projections/queries.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage, page } from '../cursors.ts';
import { inArea, route } from '../route.ts';
import { conversationFor } from '../showConversations.ts';

const membersOf = async (
  queries: Queries,
  userId: string,
  conversationId: string,
  wanted: { after?: number; limit: number },
) => {
  const conversation = await queries.readable(conversationId, userId);
  if (!conversation) throw new Refused('conversation-unknown');
  // The two users of a direct chat joined at the same position, so no cursor can point between them.
  const limit = conversation.kind === 'direct' ? 3 : wanted.limit;
  const members = await queries.members(conversationId, { ...wanted, limit });
  const users = await queries.usersById(members.items.map(({ userId }) => userId));
  const present = (member: MembershipDoc) => {
    const user = users.get(member.userId);
    return user && presentMember(member, user);
  };
  return page(members, ({ since }) => since, present);
};

/** `addedAt`: of a retry. It gets the recorded answer, because the new member may have left since. */
const memberOf = async (
  queries: Queries,
  { conversationId, userId }: z.output<typeof addMember.input>,
  addedAt: string | undefined,
) => {
  const [membership, user] = await Promise.all([queries.membership(conversationId, userId), queries.user(userId)]);
  const added = addedAt === undefined ? membership : { role: 'member' as const, joinedAt: addedAt };
  if (!added || !user) throw new Refused('user-unknown');
  return presentMember(added, user);
};

export const memberRoutes = inArea('members', [
  route({
    name: 'listMembers',
    method: 'GET',
    path: '/v1/conversations/:conversationId/members',
    summary: 'List the members',
    description: 'In the order of joining. A room has none.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query: z.strictObject({ after: cursor, limit }),
    refuses: ['conversation-unknown'],
    answers: { 200: MemberPage },
    handle: async ({ services: { queries }, userId, params: { conversationId }, query }) => ({
      body: await membersOf(queries, userId, conversationId, numberedPage(query)),
    }),
  }),
  commandRoute({
    name: 'addMember',
    method: 'POST',
    path: '/v1/conversations/:conversationId/members',
    summary: 'Add a user to a group you own',
    command: addMember,
    example: { userId: '0190b0a0-0000-7000-8000-000000000001' },
    answers: shown(201, Member),
    present: ({ recordedAt }, { services, wish }) => memberOf(services.queries, wish, recordedAt),
  }),
  commandRoute({
    name: 'removeMember',
    method: 'DELETE',
    path: '/v1/conversations/:conversationId/members/:userId',
    summary: 'Remove a user from a group you own',
    command: removeMember,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'appointOwner',
    method: 'PUT',
    path: '/v1/conversations/:conversationId/owners/:userId',
    summary: 'Make a user an owner of a group you own',
    description: 'Somebody who is no member becomes one.',
    command: appointOwner,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'dismissOwner',
    method: 'DELETE',
    path: '/v1/conversations/:conversationId/owners/:userId',
    summary: 'Make an owner of a group you own a plain member',
    description: 'You may step down yourself, unless nobody else could manage the group then.',
    command: dismissOwner,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'takeOverGroup',
    method: 'POST',
    path: '/v1/conversations/:conversationId/take-over',
    summary: 'Take over a group',
    description: 'For admins: you become an owner of any group, and a member of it. The log and its members learn so.',
    command: takeOver,
    answers: shown(200, Conversation),
    present: (_, asked) => conversationFor(asked.services.queries, asked.userId, asked.wish.conversationId),
  }),
  commandRoute({
    name: 'joinConversation',
    method: 'POST',
    path: '/v1/conversations/:conversationId/join',
    summary: 'Join a public group',
    command: join,
    answers: shown(200, Conversation),
    present: (_, asked) => conversationFor(asked.services.queries, asked.userId, asked.wish.conversationId),
  }),
  commandRoute({
    name: 'leaveConversation',
    method: 'POST',
    path: '/v1/conversations/:conversationId/leave',
    summary: 'Leave a group or a desk',
    description: 'A group that nobody else can manage passes to the member who can and has been in it longest.',
    command: leave,
    answers: { 204: null },
  }),
]);
