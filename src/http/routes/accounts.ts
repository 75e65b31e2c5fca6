// Accounts: your own, and the profiles of others.

import { z } from 'zod';
import { Account, Deletion, Profile } from '../../api/answers.ts';
import { malformed } from '../../api/failures.ts';
import { ProfilePage } from '../../api/pages.ts';
import { presentAccount, presentProfile } from '../../api/presenters.ts';
import { shown } from '../../api/reports.ts';
import { acceptDesks } from '../../commands/acceptDesks.ts';
import { changeAccount } from '../../commands/changeAccount.ts';
import { changePassword } from '../../commands/changePassword.ts';
import { deleteUser } from '../../commands/deleteUser.ts';
import { ids, password, requiredText } from '../../commands/fields.ts';
import { grantRole } from '../../commands/grantRole.ts';
import { eraseMe } from '../../commands/requestErasure.ts';
import { revokeRole } from '../../commands/revokeRole.ts';
import { signUp } from '../../commands/signUp.ts';
import { verifyEmail } from '../../commands/verifyEmail.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import { documentAfter } from '../../projections/projection.ts';
import type { Queries } from '../../projections/queries.ts';
import { type UserDoc, users } from '../../projections/users.ts';
import type { EventReader } from '../../store/ports.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage, page, textCursor } from '../cursors.ts';
import { firstEvent } from '../firstEvent.ts';
import { inArea, route } from '../route.ts';
import { erasureOf } from './erasures.ts';

const userOf = async (queries: Queries, userId: string) => {
  const user = await queries.user(userId);
  if (!user) throw new Refused('user-unknown');
  return user;
};

const account = async (queries: Queries, userId: string) => presentAccount(await userOf(queries, userId));

/** The account as it was registered: a client that repeats the request has not proved that the account is its own. */
const registeredAccount = async (events: EventReader, userId: string) => {
  const { first } = await firstEvent(events, streams.user(userId), 'UserRegistered');
  return presentAccount(documentAfter(users, undefined, first) as unknown as UserDoc);
};

const register = signUp.narrowed(signUp.input.extend({ password }));

const REMAINS_DELETED =
  'Your messages and files stay, without your name. The log still has your names, addresses and devices, encrypted: whoever ' +
  'has the keys of the server can read them, as its auditors do. To have all of it made unreadable, ask an admin to erase the account.';
const REMAINS_ERASED =
  'Once it is carried out: when you signed in, joined, sent and read, and to whom, without any text or name; the names of ' +
  'groups that you made; what others wrote about you; a keyed hash of each name that you had, and for a while one of each ' +
  'network from which you signed in.';

export const accountRoutes = inArea('accounts', [
  commandRoute({
    name: 'registerAccount',
    method: 'POST',
    path: '/v1/users',
    summary: 'Register an account',
    command: register,
    example: { email: 'ann@example.org', username: 'ann', password: 'correct horse', firstName: 'Ann' },
    answers: shown(201, Account),
    present: ({ userId }, { services }) => registeredAccount(services.events, userId),
  }),
  route({
    name: 'listUsers',
    method: 'GET',
    path: '/v1/users',
    summary: 'List users, or find some by their names',
    description:
      'All in the order of their numbers; with `prefix` in the order of usernames. Nobody is found by an e-mail address or a ' +
      'phone number.',
    access: 'user',
    query: z.strictObject({
      prefix: z.string().min(1).max(150).optional().describe('What the username begins with.'),
      name: requiredText(200)
        .optional()
        .describe('Any part of a username, a first or a last name. Of several words each must be in one of them.'),
      after: cursor,
      limit,
    }),
    answers: { 200: ProfilePage },
    handle: async ({ services: { queries }, query: { prefix, name, after, limit } }) => {
      if (prefix !== undefined && name !== undefined) throw malformed('name', 'Not together with prefix.');
      if (name !== undefined) {
        const found = await queries.usersWith(name, limit, textCursor(after));
        return {
          body: page(
            found,
            ({ place }) => place,
            ({ user }) => user && presentProfile(user),
          ),
        };
      }
      if (prefix !== undefined) {
        const named = await queries.usersNamed(prefix, limit, textCursor(after));
        return { body: page(named, ({ usernameKey }) => usernameKey, presentProfile) };
      }
      const users = await queries.users(numberedPage({ after, limit }));
      return { body: page(users, ({ number }) => number, presentProfile) };
    },
  }),
  route({
    name: 'getUser',
    method: 'GET',
    path: '/v1/users/:userId',
    summary: 'See a user',
    access: 'user',
    params: z.object({ userId: ids.user }),
    refuses: ['user-unknown'],
    answers: { 200: Profile },
    handle: async ({ services: { queries }, params: { userId } }) => ({
      body: presentProfile(await userOf(queries, userId)),
    }),
  }),
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
  commandRoute({
    name: 'confirmEmailOfUser',
    method: 'PUT',
    path: '/v1/users/:userId/email/verified',
    summary: 'Say that an e-mail address belongs to its account',
    description: 'Opens the desks of that address to the account.',
    access: 'appoint',
    command: verifyEmail,
    example: { email: 'ann@example.org' },
    answers: { 204: null },
  }),
  commandRoute({
    name: 'grantRole',
    method: 'PUT',
    path: '/v1/users/:userId/roles/:role',
    summary: 'Give a role',
    access: 'appoint',
    command: grantRole,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'revokeRole',
    method: 'DELETE',
    path: '/v1/users/:userId/roles/:role',
    summary: 'Take a role',
    access: 'appoint',
    command: revokeRole,
    answers: { 204: null },
  }),
]);
