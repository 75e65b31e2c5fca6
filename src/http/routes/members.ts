// The members of a conversation.

import { z } from 'zod';
import { Conversation, Member } from '../../api/answers.ts';
import { MemberPage } from '../../api/pages.ts';
import { shown } from '../../api/reports.ts';
import { addMember } from '../../commands/addMember.ts';
import { appointOwner } from '../../commands/appointOwner.ts';
import { dismissOwner } from '../../commands/dismissOwner.ts';
import { ids } from '../../commands/fields.ts';
import { giveRole } from '../../commands/giveRole.ts';
import { join } from '../../commands/join.ts';
import { leave } from '../../commands/leave.ts';
import { removeMember } from '../../commands/removeMember.ts';
import { takeOver } from '../../commands/takeOver.ts';
import { memberRoles } from '../../domain/members.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage } from '../cursors.ts';
import { inArea, route } from '../route.ts';
import { asTakenOver, conversationFor } from '../showConversations.ts';
import { memberOf, membersOf } from '../showMembers.ts';

export const memberRoutes = inArea('members', [
  route({
    name: 'listMembers',
    method: 'GET',
    path: '/v1/conversations/:conversationId/members',
    summary: 'List the members',
    description: 'In the order of joining, with the role of each; with `role`, those who have it. A room has none.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query: z.strictObject({
      role: z.enum(memberRoles).optional().describe('Only those who have this role.'),
      after: cursor,
      limit,
    }),
    refuses: ['conversation-unknown'],
    answers: { 200: MemberPage },
    handle: async ({ services: { queries }, userId, params: { conversationId }, query: { role, ...wanted } }) => ({
      body: await membersOf(queries, userId, conversationId, { ...numberedPage(wanted), role }),
    }),
  }),
  commandRoute({
    name: 'addMember',
    method: 'POST',
    path: '/v1/conversations/:conversationId/members',
    summary: 'Add a user to a group',
    description:
      'As owners do, and others where the policy lets them. Owners may give another role at once. Whoever only read when ' +
      'it left only reads again.',
    command: addMember,
    example: { userId: '0190b0a0-0000-7000-8000-000000000001' },
    answers: shown(201, Member),
    present: (done, { services, wish }) => memberOf(services, wish, done),
  }),
  commandRoute({
    name: 'giveRole',
    method: 'PUT',
    path: '/v1/conversations/:conversationId/members/:userId/role',
    summary: 'Give a member of a group you own a role',
    description:
      'Moderators remove members and messages, and write where only moderators may. Readers only read. An owner has no ' +
      'other role: dismiss it first.',
    command: giveRole,
    example: { role: 'moderator' },
    answers: { 204: null },
  }),
  commandRoute({
    name: 'removeMember',
    method: 'DELETE',
    path: '/v1/conversations/:conversationId/members/:userId',
    summary: 'Remove a user from a group you own or moderate',
    description: 'Only owners remove owners and moderators.',
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
    present: ({ position }, { services, userId, wish }) => asTakenOver(services, userId, wish.conversationId, position),
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
