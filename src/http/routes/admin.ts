// For admins: suspending accounts, signing users out, inviting people.

import { Invitation } from '../../api/answers.ts';
import { Rebuild } from '../../api/reports.ts';
import { endSessionsOf } from '../../commands/endSessionsOf.ts';
import { makeInvitation } from '../../commands/makeInvitation.ts';
import { reinstateUser } from '../../commands/reinstateUser.ts';
import { suspendUser } from '../../commands/suspendUser.ts';
import { withdrawInvitation } from '../../commands/withdrawInvitation.ts';
import { invitations } from '../../domain/invitation.ts';
import { commandRoute } from '../commandRoute.ts';
import { inArea, route } from '../route.ts';

export const adminRoutes = inArea('administration', [
  commandRoute({
    name: 'suspendUser',
    method: 'PUT',
    path: '/v1/users/:userId/suspension',
    summary: 'Suspend an account',
    description: 'It is signed out everywhere, and nobody can sign in to it. Its messages stay.',
    access: 'suspend',
    command: suspendUser,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'reinstateUser',
    method: 'DELETE',
    path: '/v1/users/:userId/suspension',
    summary: 'Reinstate an account',
    description: 'Its user can sign in again.',
    access: 'suspend',
    command: reinstateUser,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'endSessionsOfUser',
    method: 'DELETE',
    path: '/v1/users/:userId/sessions',
    summary: 'Sign a user out everywhere',
    description:
      'Sessions, the key, the tokens of bots and those of an outside sign-on end. The user can sign in again.',
    access: 'suspend',
    command: endSessionsOf,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'createInvitation',
    method: 'POST',
    path: '/v1/invitations',
    summary: 'Invite people to register',
    description: 'For `POST /v1/users` with the code as `invitation`, where registering needs one.',
    access: 'invite',
    command: makeInvitation,
    example: { uses: 5, days: 14 },
    answers: { 201: Invitation },
    present: async ({ invitationId: id }, { services: { core } }) => {
      const { uses, endsAt } = await core.ledger.load(invitations, id);
      return { id, invitation: core.tokens.invitation(id), uses, endsAt };
    },
  }),
  commandRoute({
    name: 'withdrawInvitation',
    method: 'DELETE',
    path: '/v1/invitations/:invitationId',
    summary: 'Withdraw an invitation',
    description: 'Nobody else can register by it.',
    access: 'invite',
    command: withdrawInvitation,
    answers: { 204: null },
  }),
  route({
    name: 'rebuildViews',
    method: 'POST',
    path: '/v1/admin/rebuild',
    summary: 'Rebuild the views',
    description:
      'From the log, beside the old views, which serve until the new ones take their place. While one runs, another request ' +
      'begins none.',
    access: 'rebuild',
    costs: { commands: 1 },
    answers: { 202: Rebuild },
    handle: async ({ services: { rebuilds } }) => ({ body: rebuilds.start() }),
  }),
  route({
    name: 'getRebuild',
    method: 'GET',
    path: '/v1/admin/rebuild',
    summary: 'How far is the rebuild?',
    description: 'Of this process, since its start: by a verb of the command line, or by `POST`.',
    access: 'rebuild',
    readsViews: false,
    answers: { 200: Rebuild },
    handle: async ({ services: { rebuilds } }) => ({ body: rebuilds.status() }),
  }),
]);
