// Metrics and log lines of requests, without credentials, queries and bodies; and refusals for the security log.

import { writeEnded } from '../api/accessLog.ts';
import type { Failure } from '../api/failures.ts';
import { Refused } from '../domain/refused.ts';
import { createSampler } from '../limits/sampler.ts';
import type { Services } from '../services.ts';
import { ENDED } from './connection.ts';
import type { Context } from './context.ts';

/** A long word in a path is a credential: the mark of a file's address, a key, a token. An id has 36 characters. */
const CREDENTIAL = /[\w-]{40,}/g;

const shownPath = ({ path }: Context): string => path.replace(CREDENTIAL, '[redacted]');

const patternOf = ({ _matchedRoute: pattern }: Context): string => (typeof pattern === 'string' ? pattern : 'none');

const routeOf = (ctx: Context): string => {
  const pattern = patternOf(ctx);
  return pattern === 'none' ? pattern : `${ctx.req.method} ${pattern}`;
};

const refusedWith: Readonly<Record<number, 'signed-out' | 'not-permitted' | 'not-found'>> = {
  401: 'signed-out',
  403: 'not-permitted',
  404: 'not-found',
};

/** Without a credential, the client has tried none. */
const presents = ({ req: { headers } }: Context): boolean =>
  headers.authorization !== undefined || headers.cookie !== undefined;

export const createObserver = ({ metrics, log, core }: Pick<Services, 'metrics' | 'log' | 'core'>) => {
  // Both are kept, because finding a series by its labels costs more than recording in it.
  const timers = new Map<string, { observe(seconds: number): void }>();
  const counters = new Map<string, { inc(): void }>();
  const sample = createSampler();

  const record = (route: string, status: number, seconds: number): void => {
    const outcome = `${status} ${route}`;
    const counter = counters.get(outcome) ?? metrics.requests.labels({ route, status: String(status) });
    const timer = timers.get(route) ?? metrics.requestSeconds.labels({ route });
    counters.set(outcome, counter);
    timers.set(route, timer);
    counter.inc();
    timer.observe(seconds);
  };

  /** During an outage every request fails alike: log the first, then how many followed. */
  const warn = (about: { readonly code: string }, reason: string): void => {
    const requests = sample(`${about.code} ${reason}`);
    if (requests !== undefined) log.warn({ ...about, reason, requests }, 'a request failed');
  };

  const aboutOf = (ctx: Context) => {
    const { address, requestId, identity } = ctx.state;
    return { address, requestId, userId: identity?.user.userId, route: routeOf(ctx) };
  };

  /** Foreign APIs word refusals in their own way, so only the status says what it was. */
  const noteStatus = (ctx: Context): void => {
    const status = ctx.res.statusCode;
    const code = refusedWith[status];
    if (code === undefined || ctx.state.isNoted) return;
    const isNews = status === 401 ? presents(ctx) : status === 403 || ctx.routeMatched === true;
    if (isNews) core.security.refuse(code, aboutOf(ctx));
  };

  const statusOf = ({ state, res }: Context): number => state.cutWith ?? res.statusCode;

  /** Once the program has done with the request and the answer has left, or the client has. */
  const ended = (ctx: Context): void => {
    const { requestId, began, identity, cutWith, isDone, isGone } = ctx.state;
    if (!isDone || !isGone || !log.isLevelEnabled('info')) return;
    const isAnswered = ctx.res.writableFinished && cutWith === undefined;
    const asked = { requestId, method: ctx.req.method ?? null, route: patternOf(ctx), status: statusOf(ctx), began };
    // A path has ids in it, so only an operator who asks for more gets it.
    const more = log.isLevelEnabled('debug') ? { path: shownPath(ctx), userId: identity?.user.userId } : {};
    writeEnded(log, { ...asked, isAnswered }, more);
  };

  return {
    /** Called when a request arrives. */
    watch: (ctx: Context): void => {
      const { res, state } = ctx;
      res.once(ENDED, (cutWith?: number) => {
        Object.assign(state, { isGone: true, cutWith });
        ended(ctx);
      });
    },
    /** Called when the program has done with it. */
    done: (ctx: Context): void => {
      noteStatus(ctx);
      record(routeOf(ctx), statusOf(ctx), (performance.now() - ctx.state.began) / 1000);
      ctx.state.isDone = true;
      ended(ctx);
    },
    /** Only operators see this. */
    failed: (ctx: Context, { status, code, cause }: Failure): void => {
      ctx.state.isNoted ||= cause instanceof Refused;
      if (code !== 'signed-out' || presents(ctx)) core.security.refused(cause, aboutOf(ctx));
      if (status < 500) return;
      const about = { requestId: ctx.state.requestId, method: ctx.method, path: shownPath(ctx), code };
      if (code === 'internal') log.error({ ...about, err: cause }, 'a request failed');
      else warn(about, cause instanceof Error ? cause.message : String(cause));
    },
  };
};
