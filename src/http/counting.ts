// Counts a request against the limits: for its address when it arrives, and for its account once that is known. Notes what
// the answer tells of them.

import type { Identity } from '../commands/authenticate.ts';
import type { Core } from '../commands/core.ts';
import { limitHeaders } from '../limits/headers.ts';
import { TooManyRequests } from '../limits/limits.ts';
import type { Costs } from '../limits/table.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import { purposeOf } from './requestHeaders.ts';

type Counting = Pick<Services, 'core'>;

const STRANGER = { strangers: 1 } as const;

const countFor = ({ core: { limits } }: Counting, { state }: Context, costs: Costs, actorId: string | null): void => {
  state.counts.push(...limits.count(costs, { address: state.address, actorId }));
};

/** Before any costly work. @throws TooManyRequests */
export const countStranger = (services: Counting, ctx: Context): void => countFor(services, ctx, STRANGER, null);

/** The request is no stranger's. Commands count themselves. @throws TooManyRequests */
export const countAccount = (services: Counting, ctx: Context, { user }: Identity, costs: Costs = {}): void => {
  const { limits } = services.core;
  const { address } = ctx.state;
  limits.giveBack(STRANGER, { address, actorId: null });
  limits.know({ address, actorId: user.userId });
  ctx.state.counts = [];
  countFor(services, ctx, purposeOf(ctx.method) === 'reading' ? { reads: 1, ...costs } : costs, user.userId);
};

/**
 * A request failed. If it reads nothing and came to no command, it counts like one: otherwise an account could send any number of
 * them. @returns what to tell the client: that these are too many, or the error
 */
export const countFailed = (services: Counting, ctx: Context, error: unknown): unknown => {
  const { identity, counts } = ctx.state;
  if (identity === undefined || counts.length > 0 || error instanceof TooManyRequests) return error;
  if (purposeOf(ctx.method) === 'reading') return error;
  try {
    countFor(services, ctx, { commands: 1 }, identity.user.userId);
    return error;
  } catch (tooMany) {
    return tooMany;
  }
};

/** The core for the commands of one request. */
export const coreFor = ({ core }: Counting, { state }: Context): Core => ({
  ...core,
  began: state.began,
  limits: {
    ...core.limits,
    count: (costs, client) => {
      const counts = core.limits.count(costs, client);
      state.counts.push(...counts);
      return counts;
    },
    giveBack: (costs, client) => {
      core.limits.giveBack(costs, client);
      state.counts = state.counts.filter(({ name }) => !(name in costs));
    },
  },
  security: {
    ...core.security,
    refused: (error, about) => {
      state.isNoted = true;
      core.security.refused(error, about);
    },
  },
});

/** Tells the client of the limit that it is nearest to. A refusal has told already. */
export const tellLimits = (ctx: Context): void => {
  if (!ctx.res.hasHeader('RateLimit')) ctx.set(limitHeaders(ctx.state.counts));
};
