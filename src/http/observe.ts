// Metrics and log lines of requests, without credentials, queries and bodies.

import type { Failure } from '../api/failures.ts';
import { createSampler } from '../limits/sampler.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

/** A long word in a path is a credential: the mark of a file's address, a key, a token. An id has 36 characters. */
const CREDENTIAL = /[\w-]{40,}/g;

const shownPath = ({ path }: Context): string => path.replace(CREDENTIAL, '[redacted]');

export const createObserver = ({ metrics, log }: Pick<Services, 'metrics' | 'log'>) => {
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

  return {
    answered: (ctx: Context): void => {
      const took = performance.now() - ctx.state.began;
      const pattern: unknown = ctx._matchedRoute;
      const { method = '' } = ctx.req;
      const status = ctx.res.statusCode;
      const isRouted = typeof pattern === 'string';
      record(isRouted ? `${method} ${pattern}` : 'none', status, took / 1000);
      if (!log.isLevelEnabled('info')) return;
      const { requestId, identity } = ctx.state;
      const milliseconds = Math.round(took * 100) / 100;
      const line = { requestId, method, route: isRouted ? pattern : 'none', status, milliseconds };
      // A path has ids in it, so it is shown only to who asks for more.
      if (log.isLevelEnabled('debug'))
        log.info({ ...line, path: shownPath(ctx), userId: identity?.user.userId }, 'answered');
      else log.info(line, 'answered');
    },
    /** Only operators see this. */
    failed: (ctx: Context, { status, code, cause }: Failure): void => {
      if (status < 500) return;
      const about = { requestId: ctx.state.requestId, method: ctx.method, path: shownPath(ctx), code };
      if (code === 'internal') log.error({ ...about, err: cause }, 'a request failed');
      else warn(about, cause instanceof Error ? cause.message : String(cause));
    },
  };
};
