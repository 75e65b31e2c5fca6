// Silicornya: registering, logging in and out, and one's own account.

import { changeAccount } from '../../commands/changeAccount.ts';
import { endOf, signOut } from '../../commands/signOut.ts';
import { type User, users } from '../../domain/user.ts';
import { askingForNames, keyOf, passwordSignIn, registering } from '../django/accounts.ts';
import { nonFieldError, validationError } from '../django/apiErrors.ts';
import { passwordErrors } from '../django/passwordRules.ts';
import type { ApiRequest, UserRequest } from '../django/request.ts';
import { created, ok, openRoute, route } from '../django/route.ts';
import { unlessTaken } from '../shared/names.ts';
import { accountOf, credentials, presentUser, registration } from './wire.ts';

export const EMAIL_TAKEN = 'A user is already registered with this e-mail address.';
const USERNAME_TAKEN = 'A user with that username already exists.';

const validated = async (request: ApiRequest) => {
  const { core } = request.services;
  const fields = await request.validate(registration, {
    username: unlessTaken(core, 'username', USERNAME_TAKEN),
    email: unlessTaken(core, 'email', EMAIL_TAKEN),
    password1: (password) => passwordErrors(request, password),
  });
  const { username, email = null, password1, password2 } = fields;
  if (password1 !== password2) throw nonFieldError("The two password fields didn't match.");
  // The original checks again against the user, and answers under another key.
  const similar = await passwordErrors(request, password1, { username, 'email address': email });
  if (similar.length > 0) throw validationError({ non_field_errors: similar });
  return fields;
};

/** The key of a new account. A retry gets the first key, even if it is no longer valid: only a sign-in gives a later one. */
const firstKeyOf = async (request: ApiRequest, userId: string): Promise<string> => {
  const { core } = request.services;
  const user = await core.ledger.load(users, userId);
  const isUntouched = user.status === 'registered' && user.epoch === 0 && user.keyGeneration === 0;
  if (isUntouched) return keyOf(request, user);
  return core.tokens.keyHashed(userId, 1, user.keyHash) ?? core.tokens.key(userId, 1);
};

const register = async (request: ApiRequest) => {
  const { user } = await registering(
    request,
    registration,
    ({ username, email = null, password1 }) => ({ username, email, password: password1 }),
    () => validated(request),
  );
  return created({ key: await firstKeyOf(request, user.userId) });
};

const logIn = async (request: ApiRequest) => {
  const { username = '', email = '', password } = await request.validate(credentials);
  if (username === '' && email === '') throw nonFieldError('Must include "username" and "password".');
  const by = username === '' ? (['email'] as const) : (['email', 'username'] as const);
  const user = await passwordSignIn(request, { name: username || email, password, by });
  if (!user) throw nonFieldError('Unable to log in with provided credentials.');
  return ok({ key: await keyOf(request, user) });
};

const logOut = async (request: ApiRequest<unknown, User | undefined>) => {
  const { identity } = request.ctx.state;
  if (identity !== undefined) await request.perform(signOut, endOf(identity));
  return ok({ detail: 'Successfully logged out.' });
};

const change = async (request: UserRequest) => {
  const { services, user } = request;
  const checks = { username: unlessTaken(services.core, 'username', USERNAME_TAKEN, user.userId) };
  const { username, first_name, last_name } = await askingForNames(request, () =>
    request.validateChange(accountOf(user), checks),
  );
  await request.perform(changeAccount, { username, firstName: first_name, lastName: last_name });
  return ok(presentUser(await services.core.ledger.load(users, user.userId)));
};

export const accountRoutes = [
  openRoute('/registration/', { POST: register }),
  openRoute('/auth/login/', { POST: logIn }),
  openRoute('/auth/logout/', { POST: logOut }),
  route('/auth/user/', {
    GET: async ({ user }) => ok(presentUser(user)),
    PUT: change,
    PATCH: change,
  }),
];
