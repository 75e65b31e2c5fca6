// The way of every request, in all APIs.

import Koa, { type Middleware } from 'koa';
import { createRequestIds } from '../api/accessLog.ts';
import { failureOf, HttpFailure, malformed } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context, RequestState } from './context.ts';
import { countFailed, countStranger, tellLimits } from './counting.ts';
import { createCors, setSecurityHeaders } from './headers.ts';
import { type Mount, mountTable } from './mount.ts';
import { answerProblem, nativeMounts } from './native.ts';
import { createObserver } from './observe.ts';
import { drain } from './readBytes.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';

/** More than any route takes. The time that it takes to read a query grows faster than their number. */
const MAX_PARAMETERS = 100;

const checkQuery = ({ querystring }: Context): void => {
  let count = 1;
  for (let at = querystring.indexOf('&'); at !== -1; at = querystring.indexOf('&', at + 1)) count++;
  if (count > MAX_PARAMETERS) throw malformed('query', `At most ${MAX_PARAMETERS} parameters.`);
};

const done = async (): Promise<void> => undefined;

/** Answers a request that no route took. A router has noted in `ctx.matched` the routes of its path. */
const answerUnrouted = (ctx: Context): void => {
  const layers = (ctx.matched ?? []) as readonly { methods: readonly string[] }[];
  const methods = new Set(layers.flatMap((layer) => layer.methods));
  if (methods.size === 0) throw new HttpFailure('not-found');
  const headers = { Allow: [...methods].join(', ') };
  if (ctx.method !== 'OPTIONS') throw new HttpFailure('method-not-allowed', { headers });
  ctx.set(headers);
  ctx.status = 204;
};

/** Serves the native routes and the `others`; looks for a path in this order. Pass its `callback()` to a server. */
export const createHttp = (services: Services, others: readonly Mount[] = [], native: readonly Route[] = routes) => {
  const { config, core, log, progress, addressOf } = services;
  const mounts = [...nativeMounts(services, native), ...others];
  const mountOf = mountTable(mounts);
  const dispatchers = new Map<Mount, Middleware<RequestState>>(
    mounts.map((mount) => [mount, mount.router.routes() as Middleware<RequestState>]),
  );
  const requestIdOf = createRequestIds(core.newId());
  const cors = createCors(config.CORS_ORIGINS);
  const observer = createObserver(services);

  const begin = (ctx: Context): void => {
    const requestId = requestIdOf(ctx.req);
    ctx.state = {
      requestId,
      address: addressOf(ctx.req),
      began: performance.now(),
      position: progress.position,
      counts: [],
      isNoted: false,
      isDone: false,
      isGone: false,
    };
    observer.watch(ctx);
    setSecurityHeaders(ctx.res);
    ctx.res.setHeader('X-Request-Id', requestId);
    cors.setHeaders(ctx);
  };

  const answer = async (ctx: Context, mount: Mount | undefined): Promise<void> => {
    if (cors.answerPreflight(ctx)) return;
    countStranger(services, ctx);
    checkQuery(ctx);
    if (mount) await dispatchers.get(mount)!(ctx as never, done);
    if (ctx.routeMatched !== true) answerUnrouted(ctx);
  };

  const fail = async (ctx: Context, show: Mount['fail'], error: unknown): Promise<void> => {
    const failure = failureOf(error);
    observer.failed(ctx, failure);
    if (failure.code === 'too-many-requests') await core.limits.slowDown({ address: ctx.state.address, actorId: null });
    if (!(await drain(ctx.req))) ctx.set('Connection', 'close');
    ctx.body = null;
    ctx.set(failure.headers);
    show(ctx, failure);
  };

  const app = new Koa<RequestState>();
  app.use(async (ctx: Context) => {
    const mount = mountOf(ctx.path);
    begin(ctx);
    try {
      await answer(ctx, mount);
    } catch (error) {
      await fail(ctx, mount?.fail ?? answerProblem, countFailed(services, ctx, error));
    }
    tellLimits(ctx);
    ctx.res.setHeader('X-Position', ctx.state.position);
    observer.done(ctx);
  });
  // The answer broke off while it was sent: the client is gone, or a store is away.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'an answer broke off'));
  return app;
};
