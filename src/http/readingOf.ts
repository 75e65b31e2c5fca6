// Each request has one reading of long lists.

import { HttpFailure } from '../api/failures.ts';
import type { Identity } from '../commands/authenticate.ts';
import { Refused } from '../domain/refused.ts';
import { networkOf } from '../limits/network.ts';
import type { Services } from '../services.ts';
import { Unavailable } from '../store/ports.ts';
import { ENDED } from './connection.ts';
import type { Context } from './context.ts';
import { createReading, type Reading } from './reading.ts';
import type { Turns } from './turns.ts';

/** @throws Refused `signed-out` once the sign-in has ended. While the event store is away, nothing tells. */
const mustBeGood = async ({ authenticator }: Pick<Services, 'authenticator'>, identity: Identity): Promise<void> => {
  const isGood = await authenticator.isGood(identity).catch((error: unknown) => {
    if (error instanceof Unavailable) return true;
    throw error;
  });
  if (!isGood) throw new Refused('signed-out');
};

const begin = (services: Pick<Services, 'authenticator'>, ctx: Context, turns: Turns): Reading => {
  const over = new AbortController();
  const end = (): void => over.abort(new HttpFailure('request-aborted'));
  if (ctx.res.destroyed) end();
  else ctx.res.once(ENDED, end);
  const { identity, requestId, address } = ctx.state;
  const check = async () => identity && mustBeGood(services, identity);
  return createReading(turns, identity?.user.userId ?? requestId, over.signal, check, networkOf(address));
};

/**
 * The one reading of the current request, also while its answer is made anew: a second one would wait for the turn of the
 * first. One without a signed-in user has a turn of its own. `turns`: the first call says which.
 */
export const readingOf = (
  services: Pick<Services, 'authenticator' | 'turns'>,
  ctx: Context,
  turns: Turns = services.turns,
): Reading => {
  ctx.state.reading ??= begin(services, ctx, turns);
  return ctx.state.reading;
};
