// ThanChat: logging in and out.

import { signInWithKey } from '../../commands/signInWithKey.ts';
import { signOut } from '../../commands/signOut.ts';
import { nonFieldError } from '../django/apiErrors.ts';
import { anonymous, passwordSignIn } from '../django/passwordSignIn.ts';
import { rawField } from '../django/rawField.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, noContent, ok, openRoute, route } from '../django/route.ts';
import { credentials } from './wire.ts';

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const wrong = nonFieldError('Unable to log in with provided credentials.');
  const body = await request.body();
  const { username, password } = await request.validate(credentials, {}, body);
  if (username === undefined || password === undefined) throw wrong;
  const given = rawField(body, 'password');
  const account = await passwordSignIn(request, {
    name: username,
    password: typeof given === 'string' ? given : password,
    by: ['email', 'username'],
  });
  if (!account) throw wrong;
  const { key, position } = await signInWithKey(request.services.core, anonymous(request), account);
  await request.settle(position);
  return ok({ auth_token: key });
};

export const sessionRoutes = [
  openRoute('/userauth/token/login/', { POST: logIn }),
  route('/userauth/token/logout/', {
    POST: async (request) => {
      await request.perform(signOut, { sessionId: request.ctx.state.identity?.sessionId ?? null });
      return noContent;
    },
  }),
];
