// Each request has one reading of long lists.

import { HttpFailure } from '../api/failures.ts';
import type { Identity } from '../commands/authenticate.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import { Unavailable } from '../store/ports.ts';
import type { Context } from './context.ts';
import { createReading, type Reading } from './reading.ts';

/** @throws Refused `signed-out` once the sign-in has ended. While the event store is away, nothing tells. */
const mustBeGood = async ({ authenticator }: Pick<Services, 'authenticator'>, identity: Identity): Promise<void> => {
  const isGood = await authenticator.isGood(identity).catch((error: unknown) => {
    if (error instanceof Unavailable) return true;
    throw error;
  });
  if (!isGood) throw new Refused('signed-out');
};

const begin = (services: Pick<Services, 'authenticator' | 'turns'>, ctx: Context): Reading => {
  const over = new AbortController();
  const end = (): void => over.abort(new HttpFailure('request-aborted'));
  if (ctx.res.destroyed) end();
  else ctx.res.once('close', end);
  const { identity, requestId } = ctx.state;
  const check = async () => identity && mustBeGood(services, identity);
  return createReading(services.turns, identity?.user.userId ?? requestId, over.signal, check);
};

/**
 * The one reading of the current request, also while its answer is made anew: a second one would wait for the turn of the
 * first. One without a signed-in user has a turn of its own.
 */
export const readingOf = (services: Pick<Services, 'authenticator' | 'turns'>, ctx: Context): Reading => {
  ctx.state.reading ??= begin(services, ctx);
  return ctx.state.reading;
};
