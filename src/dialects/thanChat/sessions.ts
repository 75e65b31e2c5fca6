// ThanChat: logging in and out.

import { endOf, signOut } from '../../commands/signOut.ts';
import { keyOf, passwordSignIn } from '../django/accounts.ts';
import { nonFieldError } from '../django/apiErrors.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, noContent, ok, openRoute, route } from '../django/route.ts';
import { credentials } from './wire.ts';

const logIn = async (request: ApiRequest): Promise<Answer> => {
  const wrong = nonFieldError('Unable to log in with provided credentials.');
  const { username: name, password } = await request.validate(credentials);
  if (name === undefined || password === undefined) throw wrong;
  const account = await passwordSignIn(request, { name, password, by: ['email', 'username'] });
  if (!account) throw wrong;
  return ok({ auth_token: await keyOf(request, account) });
};

export const sessionRoutes = [
  openRoute('/userauth/token/login/', { POST: logIn }),
  route('/userauth/token/logout/', {
    POST: async (request) => {
      await request.perform(signOut, endOf(request.ctx.state.identity!));
      return noContent;
    },
  }),
];
