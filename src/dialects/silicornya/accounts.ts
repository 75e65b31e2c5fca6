// Silicornya: registering, logging in and out, and one's own account.

import { changeAccount } from '../../commands/changeAccount.ts';
import { ownerOf } from '../../commands/claims.ts';
import { signInWithKey } from '../../commands/signInWithKey.ts';
import { signOut } from '../../commands/signOut.ts';
import { type User, users } from '../../domain/user.ts';
import { nonFieldError, validationError } from '../django/apiErrors.ts';
import { passwordErrors } from '../django/passwordRules.ts';
import { anonymous, passwordSignIn } from '../django/passwordSignIn.ts';
import { rawField } from '../django/rawField.ts';
import { registering } from '../django/registering.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, openRoute, route } from '../django/route.ts';
import type { Checks, Valid } from '../django/serializer.ts';
import {
  type AccountFields,
  account,
  credentials,
  presentUser,
  type RegistrationFields,
  registration,
  shownUsername,
} from './wire.ts';

export const EMAIL_TAKEN = 'A user is already registered with this e-mail address.';
const USERNAME_TAKEN = 'A user with that username already exists.';

const keyOf = async (request: ApiRequest, user: User): Promise<string> => {
  const { key, position } = await signInWithKey(request.services.core, anonymous(request), user);
  await request.settle(position);
  return key;
};

const checked = async (request: ApiRequest): Promise<Valid<RegistrationFields>> => {
  const { core } = request.services;
  const checks: Checks<RegistrationFields> = {
    username: async (name) => ((await ownerOf(core, 'username', name)) === undefined ? [] : [USERNAME_TAKEN]),
    email: async (address) => ((await ownerOf(core, 'email', address)) === undefined ? [] : [EMAIL_TAKEN]),
    password1: async (password) => passwordErrors(password),
  };
  const fields = await request.validate(registration, checks);
  const { username, email = null, password1, password2 } = fields;
  if (password1 !== password2) throw nonFieldError("The two password fields didn't match.");
  // Looked at again once there is a person: under another key.
  const similar = passwordErrors(password1, [
    ['username', username],
    ['email address', email],
  ]);
  if (similar.length > 0) throw validationError({ non_field_errors: similar });
  return fields;
};

/** The key of a new account. A retry gets the first one, in force or not: a later one is for who signs in. */
const firstKeyOf = async (request: ApiRequest, userId: string): Promise<string> => {
  const { core } = request.services;
  const user = await core.ledger.load(users, userId);
  const isUntouched = user.status === 'registered' && user.epoch === 0 && user.keyGeneration === 0;
  return isUntouched ? keyOf(request, user) : core.tokens.key(userId, 1);
};

const register = async (request: ApiRequest): Promise<Answer> => {
  const { user } = await registering(
    request,
    registration,
    ({ username, email = null, password1 }) => ({ username, email, password: password1 }),
    () => checked(request),
  );
  return created({ key: await firstKeyOf(request, user.userId) });
};

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const body = await request.body();
  const { username = '', email = '', password } = await request.validate(credentials, {}, body);
  if (username === '' && email === '') throw nonFieldError('Must include "username" and "password".');
  const given = rawField(body, 'password');
  const user = await passwordSignIn(request, {
    name: username || email,
    password: typeof given === 'string' ? given : password,
    by: username === '' ? ['email'] : ['email', 'username'],
  });
  if (!user) throw nonFieldError('Unable to log in with provided credentials.');
  return ok({ key: await keyOf(request, user) });
};

const logOutWhoever = async (request: ApiRequest<unknown, User | undefined>): Promise<Answer> => {
  const { identity } = request.ctx.state;
  if (identity !== undefined) await request.perform(signOut, { sessionId: identity.sessionId });
  return ok({ detail: 'Successfully logged out.' });
};

const change = async (request: ApiRequest<unknown, User>, how: 'validate' | 'validatePart'): Promise<Answer> => {
  const { services, user } = request;
  const isOwn = async (name: string): Promise<boolean> => {
    const owner = await ownerOf(services.core, 'username', name);
    return owner === undefined || owner === user.userId;
  };
  const checks: Checks<AccountFields> = {
    username: async (name) => ((await isOwn(name)) ? [] : [USERNAME_TAKEN]),
  };
  const { username, first_name, last_name } = await request[how](account, checks);
  await request.perform(changeAccount, {
    // Clients send back what they were shown, which need not be a username of the core.
    username: username === shownUsername(user) ? undefined : username,
    firstName: first_name,
    lastName: last_name,
  });
  return ok(presentUser(await services.core.ledger.load(users, user.userId)));
};

export const accountRoutes = [
  openRoute('/registration/', { POST: register }),
  openRoute('/auth/login/', { POST: logIn }),
  openRoute('/auth/logout/', { POST: logOutWhoever }),
  route('/auth/user/', {
    GET: async ({ user }) => ok(presentUser(user)),
    PUT: (request) => change(request, 'validate'),
    PATCH: (request) => change(request, 'validatePart'),
  }),
];
