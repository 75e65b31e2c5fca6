// Django-Chat-Server: refreshing tokens, and logging out.

import { refreshSession } from '../../commands/refreshSession.ts';
import { signOutByToken } from '../../commands/signOutByToken.ts';
import { Refused } from '../../domain/refused.ts';
import type { Services } from '../../services.ts';
import { ApiError } from '../django/apiErrors.ts';
import { type Body, rawField } from '../django/body.ts';
import { errorOf } from '../django/errorOf.ts';
import type { ApiRequest, UserRequest } from '../django/request.ts';
import { type Answer, blindRoute, ok, route } from '../django/route.ts';
import { presentTokens, refreshing } from './wire.ts';

/** Why a refresh token is not valid. */
const whyRefused = async ({ core: { tokens } }: Services, token: string): Promise<string> => {
  if (tokens.readRefresh(token)) return 'Token is blacklisted';
  return (await tokens.verifyAccess(token)) ? 'Token has wrong type' : 'Token is invalid or expired';
};

const isRefused = (error: unknown): boolean => error instanceof Refused && error.code === 'refresh-token-invalid';

const refresh = async (request: ApiRequest): Promise<Answer> => {
  const { refresh: token } = await request.validate(refreshing);
  try {
    const { access, refresh } = presentTokens(await request.perform(refreshSession, token));
    return ok({ access, refresh });
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new ApiError(401, { detail: await whyRefused(request.services, token), code: 'token_not_valid' });
  }
};

const wrong = (text: string, status = 400): ApiError => new ApiError(status, { error: text });

/** Errors of a body stand under `error` here. */
const readBody = async (request: ApiRequest): Promise<Body> => {
  try {
    return await request.body();
  } catch (error) {
    const known = errorOf(error, {}, request.ctx.req.headers['content-type']);
    const { detail } = (known?.body ?? {}) as { detail?: unknown };
    throw known !== undefined && typeof detail === 'string' ? wrong(detail, known.status) : error;
  }
};

const logOut = async (request: UserRequest): Promise<Answer> => {
  const token = rawField(await readBody(request), 'refresh');
  if (token === undefined || token === null || token === '') throw wrong('Refresh token is required');
  if (typeof token !== 'string') throw wrong('Token is invalid or expired');
  try {
    await request.perform(signOutByToken, token);
  } catch (error) {
    throw isRefused(error) ? wrong(await whyRefused(request.services, token)) : error;
  }
  return ok({ message: 'User Logout successfully.' });
};

export const sessionRoutes = [
  blindRoute('/api/token/refresh/', { POST: refresh }),
  route('/api/logout/', { POST: logOut }),
];
