// Django-Chat-Server: accounts and their tokens.

import { z } from 'zod';
import { changeAccount } from '../../commands/changeAccount.ts';
import { changeAccountAndPassword } from '../../commands/changeAccountAndPassword.ts';
import type { Core } from '../../commands/core.ts';
import { deleteUser } from '../../commands/deleteUser.ts';
import { signInAs } from '../../commands/signIn.ts';
import { users } from '../../domain/user.ts';
import { deviceOf } from '../../http/device.ts';
import { either } from '../../settingKinds.ts';
import { anonymous, askingForNames, passwordSignIn, registering } from '../django/accounts.ts';
import { ApiError, detail, noMatch, notAuthenticated, permissionDenied } from '../django/apiErrors.ts';
import type { ApiRequest, UserRequest } from '../django/request.ts';
import { type Answer, blindRoute, created, ok, openRoute, route } from '../django/route.ts';
import { userNumbered } from '../shared/find.ts';
import { fullName, unlessTaken, withLowerDomain } from '../shared/names.ts';
import {
  account,
  accountOf,
  credentials,
  isRegistration,
  personOf,
  presentTokens,
  presentUser,
  withoutEmail,
} from './wire.ts';

/** The settings of this API, which `src/config.ts` reads with all others. */
export const settings = z.object({
  DJANGO_CHAT_OPEN_PROFILES: either('true', 'false')
    .default('false')
    .describe('Whether the Django-Chat-Server API shows names and join dates without a token'),
});

export const USERNAME_TAKEN = 'user with this username already exists.';
export const EMAIL_TAKEN = 'user with this email already exists.';

const uniqueNames = (core: Core, ownId?: string) => ({
  username: unlessTaken(core, 'username', USERNAME_TAKEN, ownId),
  email: unlessTaken(core, 'email', EMAIL_TAKEN, ownId),
});

const register = async (request: ApiRequest): Promise<Answer> => {
  const { core } = request.services;
  const { user, at } = await registering(
    request,
    account,
    ({ first_name: firstName, last_name: lastName, email, ...fields }) => ({
      ...fields,
      email: withLowerDomain(email),
      firstName,
      lastName,
    }),
    () => request.validate(account, uniqueNames(core)),
  );
  return created({ user: presentUser(personOf(user, at)), message: 'User Created Successfully' });
};

const signIn = async (request: ApiRequest) => {
  const { email, password } = await request.validate(credentials);
  const user = await passwordSignIn(request, { name: email, password, by: ['email', 'username'] });
  if (!user) return undefined;
  const opened = await signInAs(
    request.services.core,
    anonymous(request),
    user,
    deviceOf(request.ctx.req.headers['user-agent']),
  );
  await request.settle(opened.position);
  return { user, tokens: presentTokens(opened) };
};

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const signedIn = await signIn(request);
  if (!signedIn) throw new ApiError(400, { detail: ['Invalid email or password'] });
  const { user, tokens } = signedIn;
  const { email, username } = user.names;
  const name = fullName({ ...user.profile, username });
  return ok({ ...tokens, email: email ?? '', name, id: user.number });
};

const obtainTokens = async (request: ApiRequest): Promise<Answer> => {
  const signedIn = await signIn(request);
  if (!signedIn) throw detail(401, 'No active account found with the given credentials');
  return ok(signedIn.tokens);
};

type Own = UserRequest<{ readonly id: number }>;

/** Only the owner may change or delete an account. The original checks this before it reads the body. */
const checkOwn = async ({ services: { queries }, params, user }: Own): Promise<void> => {
  if (params.id === user.number) return;
  throw (await userNumbered(queries, params.id)) ? permissionDenied() : noMatch('CustomUser');
};

const change = async (request: Own): Promise<Answer> => {
  await checkOwn(request);
  const { core, queries } = request.services;
  const { userId } = request.user;
  const changes = await askingForNames(request, () =>
    request.validateChange(accountOf(request.user), uniqueNames(core, userId)),
  );
  const { username, email: address, first_name: firstName, last_name: lastName, password } = changes;
  const email = address === undefined ? undefined : withLowerDomain(address);
  const wish = { username, email, firstName, lastName };
  if (password === undefined) await request.perform(changeAccount, wish);
  else await request.perform(changeAccountAndPassword, { ...wish, password, sessionId: request.sessionId });
  const [user, seen] = await Promise.all([core.ledger.load(users, userId), queries.user(userId)]);
  return ok(presentUser(personOf(user, seen?.createdAt ?? core.now().toISOString())));
};

export const accountRoutes = [
  openRoute('/api/register/', { POST: register }, { shared: isRegistration }),
  blindRoute('/api/login/', { POST: logIn }, { shared: 'merged' }),
  blindRoute('/api/token/', { POST: obtainTokens }),
  openRoute('/api/<int:id>/', {
    GET: async ({ services: { queries, config }, params, user }) => {
      if (!user && settings.parse(config).DJANGO_CHAT_OPEN_PROFILES !== 'true') throw notAuthenticated();
      const found = await userNumbered(queries, params.id);
      if (!found) throw noMatch('CustomUser');
      return ok(presentUser(found.id === user?.userId ? found : withoutEmail(found)));
    },
  }),
  route('/api/<int:id>/update/', { PUT: change, PATCH: change }),
  route('/api/<int:id>/delete/', {
    DELETE: async (request) => {
      await checkOwn(request);
      await request.perform(deleteUser, {});
      return ok({ message: 'User deleted successfully.' });
    },
  }),
  route('/api/users/protected/', {
    GET: async ({ user }) => ok({ message: 'Access granted!', email: user.names.email ?? '' }),
  }),
];
