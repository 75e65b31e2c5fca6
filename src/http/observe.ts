// What is counted, timed and written down of every request. No credential, no query and no body is.

import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import type { Failure } from './failures.ts';

/** How many routes and statuses are told apart at most; there are fewer. */
const MAX_SERIES = 2000;

const routeOf = (ctx: Context): string => {
  const path: unknown = ctx._matchedRoute;
  return typeof path === 'string' ? `${ctx.method} ${path}` : 'none';
};

export const createObserver = ({ metrics, log }: Pick<Services, 'metrics' | 'log'>) => {
  // Finding a series by its labels costs more than counting in it.
  const counters = new Map<string, { inc(): void }>();
  const timers = new Map<string, { observe(seconds: number): void }>();

  const count = (route: string, status: number): void => {
    const name = `${route} ${status}`;
    let counter = counters.get(name);
    if (!counter) {
      if (counters.size >= MAX_SERIES) return;
      counter = metrics.requests.labels({ route, status: String(status) });
      counters.set(name, counter);
    }
    counter.inc();
  };

  const time = (route: string, seconds: number): void => {
    let timer = timers.get(route);
    if (!timer) {
      if (timers.size >= MAX_SERIES) return;
      timer = metrics.requestSeconds.labels({ route });
      timers.set(route, timer);
    }
    timer.observe(seconds);
  };

  return {
    /** `started`: by `performance.now()`. */
    answered: (ctx: Context, started: number): void => {
      const milliseconds = performance.now() - started;
      const route = routeOf(ctx);
      count(route, ctx.status);
      time(route, milliseconds / 1000);
      if (!log.isLevelEnabled('debug')) return;
      const { requestId, identity } = ctx.state;
      const { method, path, status } = ctx;
      const userId = identity?.user.userId;
      log.debug({ requestId, method, path, route, status, milliseconds, userId }, 'answered');
    },
    /** What only the operator is told. */
    failed: (ctx: Context, { status, code, cause }: Failure): void => {
      if (status < 500) return;
      const { requestId } = ctx.state;
      const { method, path } = ctx;
      const about = { requestId, method, path, code };
      if (code === 'internal') log.error({ ...about, err: cause }, 'a request failed');
      else log.warn({ ...about, reason: cause instanceof Error ? cause.message : String(cause) }, 'a request failed');
    },
  };
};
