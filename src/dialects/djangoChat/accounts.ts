// Django-Chat-Server: accounts and their tokens.

import { changeAccount } from '../../commands/changeAccount.ts';
import { changePassword } from '../../commands/changePassword.ts';
import { ownerOf } from '../../commands/claims.ts';
import type { Core } from '../../commands/core.ts';
import { deleteUser } from '../../commands/deleteUser.ts';
import { signInAs } from '../../commands/signIn.ts';
import { type User, users } from '../../domain/user.ts';
import { ApiError, detail, noMatch, permissionDenied } from '../django/apiErrors.ts';
import { fullName, userNumbered } from '../django/identities.ts';
import { anonymous, passwordSignIn } from '../django/passwordSignIn.ts';
import { registering } from '../django/registering.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, blindRoute, created, ok, openRoute, route } from '../django/route.ts';
import type { Checks } from '../django/serializer.ts';
import {
  type AccountFields,
  account,
  credentials,
  isRegistration,
  personOf,
  presentTokens,
  presentUser,
  withLowerDomain,
} from './wire.ts';

export const USERNAME_TAKEN = 'user with this username already exists.';
export const EMAIL_TAKEN = 'user with this email already exists.';

/** `ownId`: an account may keep its own names. */
const uniqueNames = (core: Core, ownId?: string): Checks<AccountFields> => {
  const isFree = async (kind: 'email' | 'username', name: string): Promise<boolean> => {
    const owner = await ownerOf(core, kind, name);
    return owner === undefined || owner === ownId;
  };
  return {
    username: async (name) => ((await isFree('username', name)) ? [] : [USERNAME_TAKEN]),
    email: async (name) => ((await isFree('email', name)) ? [] : [EMAIL_TAKEN]),
  };
};

const register = async (request: ApiRequest): Promise<Answer> => {
  const { core } = request.services;
  const { user, at } = await registering(
    request,
    account,
    ({ first_name, last_name, ...given }) => ({
      ...given,
      email: withLowerDomain(given.email),
      firstName: first_name,
      lastName: last_name,
    }),
    () => request.validate(account, uniqueNames(core)),
  );
  return created({ user: presentUser(personOf(user, at)), message: 'User Created Successfully' });
};

const signIn = async (request: ApiRequest) => {
  const { email, password } = await request.validate(credentials);
  const user = await passwordSignIn(request, { name: email, password, by: ['email', 'username'] });
  if (!user) return undefined;
  const opened = await signInAs(request.services.core, anonymous(request), user);
  await request.settle(opened.position);
  return { user, tokens: presentTokens(opened) };
};

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const signedIn = await signIn(request);
  if (!signedIn) throw new ApiError(400, { detail: ['Invalid email or password'] });
  const { user, tokens } = signedIn;
  const { email, username } = user.names;
  const name = fullName({ ...user.profile, email, username });
  return ok({ ...tokens, email: email ?? '', name, id: user.number });
};

const obtainTokens = async (request: ApiRequest): Promise<Answer> => {
  const signedIn = await signIn(request);
  if (!signedIn) throw detail(401, 'No active account found with the given credentials');
  return ok(signedIn.tokens);
};

type Own = ApiRequest<{ readonly id: number }, User>;

/** An account is changed and ended by whose it is. Before the body is looked at, as the original finds it. */
const checkOwn = async ({ services: { queries }, params, user }: Own): Promise<void> => {
  if (params.id === user.number) return;
  throw (await userNumbered(queries, params.id)) ? permissionDenied() : noMatch('CustomUser');
};

interface Changes {
  readonly username?: string;
  readonly email?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly password?: string;
}

const apply = async (request: Own, changes: Changes): Promise<Answer> => {
  const { core, queries } = request.services;
  const { username, email, first_name: firstName, last_name: lastName, password } = changes;
  await request.perform(changeAccount, { username, email, firstName, lastName });
  if (password !== undefined) {
    const sessionId = request.ctx.state.identity?.sessionId ?? null;
    await request.perform(changePassword, { current: null, password, sessionId });
  }
  const { userId } = request.user;
  const [user, seen] = await Promise.all([core.ledger.load(users, userId), queries.user(userId)]);
  return ok(presentUser(personOf(user, seen?.createdAt ?? core.now().toISOString())));
};

export const accountRoutes = [
  openRoute('/api/register/', { POST: register }, { shared: isRegistration }),
  blindRoute('/api/login/', { POST: logIn }, { shared: 'merged' }),
  blindRoute('/api/token/', { POST: obtainTokens }),
  openRoute('/api/<int:id>/', {
    GET: async ({ services: { queries }, params, user }) => {
      const found = await userNumbered(queries, params.id);
      if (!found) throw noMatch('CustomUser');
      // To the whole world, an e-mail address is not said.
      return ok(presentUser(user ? found : { ...found, email: null }));
    },
  }),
  route('/api/<int:id>/update/', {
    PUT: async (request) => {
      await checkOwn(request);
      return apply(request, await request.validate(account, uniqueNames(request.services.core, request.user.userId)));
    },
    PATCH: async (request) => {
      await checkOwn(request);
      const checks = uniqueNames(request.services.core, request.user.userId);
      return apply(request, (await request.validatePart(account, checks)) as Changes);
    },
  }),
  route('/api/<int:id>/delete/', {
    DELETE: async (request) => {
      await checkOwn(request);
      await request.perform(deleteUser, undefined);
      return ok({ message: 'User deleted successfully.' });
    },
  }),
  route('/api/users/protected/', {
    GET: async ({ user }) => ok({ message: 'Access granted!', email: user.names.email ?? '' }),
  }),
];
