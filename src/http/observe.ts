// What is counted, timed and written down of every request. No credential, no query and no body is.

import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import type { Failure } from './failures.ts';

interface Series {
  readonly route: string;
  readonly timer: { observe(seconds: number): void };
  readonly byStatus: Map<number, { inc(): void }>;
}

export const createObserver = ({ metrics, log }: Pick<Services, 'metrics' | 'log'>) => {
  // By method and pattern: finding a series by its labels costs more than counting in it.
  const series = new Map<string, Map<string, Series>>();
  const none: Series = {
    route: 'none',
    timer: metrics.requestSeconds.labels({ route: 'none' }),
    byStatus: new Map(),
  };

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
