// Your own account.

import { z } from 'zod';
import { Account, Deletion } from '../../api/answers.ts';
import { presentAccount } from '../../api/presenters.ts';
import { shown } from '../../api/reports.ts';
import { acceptDesks } from '../../commands/acceptDesks.ts';
import { changeAccount } from '../../commands/changeAccount.ts';
import { changePassword } from '../../commands/changePassword.ts';
import { deleteUser } from '../../commands/deleteUser.ts';
import { eraseMe } from '../../commands/requestErasure.ts';
import { Refused } from '../../domain/refused.ts';
import type { Queries } from '../../projections/queries.ts';
import { commandRoute } from '../commandRoute.ts';
import { inArea, route } from '../route.ts';
import { erasureOf } from './erasures.ts';

const account = async (queries: Queries, userId: string) => {
  const user = await queries.user(userId);
  if (!user) throw new Refused('user-unknown');
  return presentAccount(user);
};

const REMAINS_DELETED =
  'Your messages and files stay, without your name. The log still has your names, addresses and devices, encrypted: whoever ' +
  'has the keys of the server can read them, as its auditors do. To have all of it made unreadable, ask an admin to erase the account.';
const REMAINS_ERASED =
  'Once it is carried out: when you signed in, joined, sent and read, and to whom, without any text or name; the names of ' +
  'groups that you made; what others wrote about you; a keyed hash of each name that you had, and for a while one of each ' +
  'network from which you signed in.';

export const ownAccountRoutes = inArea('accounts', [
  route({
    name: 'getMe',
    method: 'GET',
    path: '/v1/me',
    summary: 'See your own account',
    access: 'user',
    refuses: ['user-unknown'],
    answers: { 200: Account },
    handle: async ({ services: { queries }, userId }) => ({ body: await account(queries, userId) }),
  }),
  commandRoute({
    name: 'updateMe',
    method: 'PATCH',
    path: '/v1/me',
    summary: 'Change your account',
    description: 'What is not named stays as it is; null takes a name away.',
    command: changeAccount,
    example: { lastName: 'Lee', phone: '+44 20 7946 0000' },
    answers: shown(200, Account),
    present: (_, { services, userId }) => account(services.queries, userId),
  }),
  commandRoute({
    name: 'acceptDesks',
    method: 'PUT',
    path: '/v1/me/desks',
    summary: 'Accept or refuse the desks that others open under your e-mail address',
    description: 'Refused: you see none of them, whoever opens how many. Those that you opened yourself stay yours.',
    command: acceptDesks,
    example: { accepted: false },
    answers: { 204: null },
  }),
  route({
    name: 'deleteMe',
    method: 'DELETE',
    path: '/v1/me',
    summary: 'Delete your account, or erase it',
    description:
      'Deleted: what you said stays said, without your name. Your names are free again. There is no way back. Erased, with ' +
      '`erase=true`: after a time of grace the account is deleted, and all that you were and said becomes unreadable for ever. ' +
      'Until then nothing changes, and `DELETE /v1/erasures/{your id}` takes it back.',
    access: 'user',
    query: z.strictObject({
      erase: z.enum(['true', 'false']).default('false').describe('Whether nobody shall ever read what you said.'),
    }),
    body: deleteUser.input,
    refuses: deleteUser.refuses,
    example: { current: 'correct horse' },
    answers: { 200: Deletion, 202: Deletion },
    handle: async ({ services: { core, queries }, userId, origin, query, body }) => {
      const erases = query.erase === 'true';
      const { position } = await (erases ? eraseMe : deleteUser).parsed(core, origin, body);
      return {
        status: erases ? 202 : 200,
        position,
        body: async () => ({
          erasure: erases ? await erasureOf(queries, userId) : null,
          remains: erases ? REMAINS_ERASED : REMAINS_DELETED,
        }),
      };
    },
  }),
  commandRoute({
    name: 'changePassword',
    method: 'PUT',
    path: '/v1/me/password',
    summary: 'Change your password',
    description: 'The key and every session end, but not the session it is changed in.',
    command: changePassword,
    adds: { sessionId: ({ sessionId }) => sessionId },
    example: { current: 'correct horse', password: 'battery staple' },
    answers: { 204: null },
  }),
]);
