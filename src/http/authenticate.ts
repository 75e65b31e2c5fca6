// Finds who asks, by the Authorization header of a request.

import { identifyHeader } from '../api/credentials.ts';
import type { Identity, Purpose } from '../commands/authenticate.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

/** What a request of this method needs to know who asks for. */
export const purposeOf = (method: string | undefined): Purpose =>
  method === 'GET' || method === 'HEAD' ? 'reading' : 'anything';

/** @throws Refused `signed-out` without a good `Bearer` or `Token` credential. */
export const requireIdentity = async ({ authenticator }: Services, ctx: Context): Promise<Identity> => {
  const identity = await identifyHeader(authenticator, ctx.req.headers.authorization, purposeOf(ctx.method));
  if (identity === undefined) throw new Refused('signed-out');
  ctx.state.identity = identity;
  return identity;
};
