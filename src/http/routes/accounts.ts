// Registering an account, the profiles of others, and what admins do to accounts. Your own account is in `ownAccount.ts`.

import { z } from 'zod';
import { Account, Profile } from '../../api/answers.ts';
import { malformed } from '../../api/failures.ts';
import { ProfilePage } from '../../api/pages.ts';
import { presentAccount, presentProfile } from '../../api/presenters.ts';
import { shown } from '../../api/reports.ts';
import { ids, password, requiredText } from '../../commands/fields.ts';
import { grantRole } from '../../commands/grantRole.ts';
import { revokeRole } from '../../commands/revokeRole.ts';
import { signUp } from '../../commands/signUp.ts';
import { verifyEmail } from '../../commands/verifyEmail.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import { documentAfter } from '../../projections/projection.ts';
import { type UserDoc, users } from '../../projections/users.ts';
import type { EventReader } from '../../store/ports.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage, page, textCursor } from '../cursors.ts';
import { firstEvent } from '../firstEvent.ts';
import { inArea, route } from '../route.ts';

/** The account as it was registered: a client that repeats the request has not proved that the account is its own. */
const registeredAccount = async (events: EventReader, userId: string) => {
  const { first } = await firstEvent(events, streams.user(userId), 'UserRegistered');
  return presentAccount(documentAfter(users, undefined, first) as unknown as UserDoc);
};

const register = signUp.narrowed(signUp.input.extend({ password }));

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
    handle: async ({ services: { queries }, params: { userId } }) => {
      const user = await queries.user(userId);
      if (!user) throw new Refused('user-unknown');
      return { body: presentProfile(user) };
    },
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
