// Metrics and log lines of requests, without credentials, queries and bodies.

import { LRUCache } from 'lru-cache';
import type { Failure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

interface Series {
  readonly route: string;
  readonly timer: { observe(seconds: number): void };
  readonly byStatus: Map<number, { inc(): void }>;
}

/** Milliseconds between two log lines about requests that failed by the same outage. */
const SAY_EVERY = 10_000;

export const createObserver = ({ metrics, log }: Pick<Services, 'metrics' | 'log'>) => {
  // By method and pattern: finding a series by its labels costs more than incrementing it.
  const series = new Map<string, Map<string, Series>>();
  const none: Series = {
    route: 'none',
    timer: metrics.requestSeconds.labels({ route: 'none' }),
    byStatus: new Map(),
  };

  const said = new LRUCache<string, { at: number; since: number }>({ max: 100 });

  const seriesOf = (method: string, pattern: unknown): Series => {
    if (typeof pattern !== 'string') return none;
    let byPattern = series.get(method);
    if (!byPattern) {
      byPattern = new Map();
      series.set(method, byPattern);
    }
    let found = byPattern.get(pattern);
    if (!found) {
      const route = `${method} ${pattern}`;
      found = { route, timer: metrics.requestSeconds.labels({ route }), byStatus: new Map() };
      byPattern.set(pattern, found);
    }
    return found;
  };

  const count = ({ route, byStatus }: Series, status: number): void => {
    let counter = byStatus.get(status);
    if (!counter) {
      counter = metrics.requests.labels({ route, status: String(status) });
      byStatus.set(status, counter);
    }
    counter.inc();
  };

  /** During an outage every request fails alike: log the first, then how many followed. */
  const warn = (about: { readonly code: string }, reason: string): void => {
    const alike = `${about.code} ${reason}`;
    const last = said.get(alike) ?? { at: Number.NEGATIVE_INFINITY, since: 0 };
    said.set(alike, last);
    const present = performance.now();
    last.since += 1;
    if (present - last.at < SAY_EVERY) return;
    log.warn({ ...about, reason, requests: last.since }, 'a request failed');
    Object.assign(last, { at: present, since: 0 });
  };

  return {
    answered: (ctx: Context): void => {
      const milliseconds = performance.now() - ctx.state.began;
      const seen = seriesOf(ctx.req.method!, ctx._matchedRoute);
      count(seen, ctx.res.statusCode);
      seen.timer.observe(milliseconds / 1000);
      if (!log.isLevelEnabled('debug')) return;
      const { requestId, identity } = ctx.state;
      const { method, path, status } = ctx;
      const userId = identity?.user.userId;
      log.debug({ requestId, method, path, route: seen.route, status, milliseconds, userId }, 'answered');
    },
    /** Only operators see this. */
    failed: (ctx: Context, { status, code, cause }: Failure): void => {
      if (status < 500) return;
      const { requestId } = ctx.state;
      const { method, path } = ctx;
      const about = { requestId, method, path, code };
      if (code === 'internal') log.error({ ...about, err: cause }, 'a request failed');
      else warn(about, cause instanceof Error ? cause.message : String(cause));
    },
  };
};
