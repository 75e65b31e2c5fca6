// What every request passes through, whichever API answers it.

import Koa, { type Middleware } from 'koa';
import { failureOf, HttpFailure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context, RequestState } from './context.ts';
import { createCors, setSecurityHeaders } from './headers.ts';
import { type Mount, mountTable } from './mount.ts';
import { answerProblem, nativeMounts } from './native.ts';
import { createObserver } from './observe.ts';
import { drain } from './readBytes.ts';
import { awaitMinPosition } from './requestHeaders.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';

const isRequestId = (id: unknown): id is string => typeof id === 'string' && /^[\w.:-]{1,100}$/.test(id);

/** Rising ids that no other process uses. */
const requestIds = (start: string): (() => string) => {
  let count = 0;
  return () => `${start}-${++count}`;
};

const done = async (): Promise<void> => undefined;

/** The methods allowed at `ctx.path`, after a router has matched it. */
const methodsHere = (ctx: Context): readonly string[] => {
  const layers = (ctx.matched ?? []) as readonly { methods: readonly string[] }[];
  return [...new Set(layers.flatMap(({ methods }) => methods))];
};

const answerUnrouted = (ctx: Context): void => {
  const methods = methodsHere(ctx);
  if (methods.length === 0) throw new HttpFailure('not-found');
  const headers = { Allow: methods.join(', ') };
  if (ctx.method !== 'OPTIONS') throw new HttpFailure('method-not-allowed', { headers });
  ctx.set(headers);
  ctx.status = 204;
};

/**
 * The native API, or some of its routes, and the `others`, in the order of the search. Pass its `callback()` to a
 * server.
 */
export const createHttp = (
  services: Services,
  others: readonly Mount[] = [],
  native: readonly Route[] = routes,
): Koa => {
  const { config, core, log, progress } = services;
  const mounts = [...nativeMounts(services, native), ...others];
  const mountOf = mountTable(mounts);
  const dispatchers = new Map<Mount, Middleware<RequestState>>(
    mounts.map((mount) => [mount, mount.router.routes() as Middleware<RequestState>]),
  );
  const newRequestId = requestIds(core.newId());
  const cors = createCors(config.CORS_ORIGINS);
  const observer = createObserver(services);

  const begin = (ctx: Context): void => {
    const given = ctx.req.headers['x-request-id'];
    const requestId = isRequestId(given) ? given : newRequestId();
    ctx.state = { requestId, began: performance.now(), position: progress.position };
    setSecurityHeaders(ctx.res);
    ctx.res.setHeader('X-Request-Id', requestId);
    cors.setHeaders(ctx);
  };

  const answer = async (ctx: Context, mount: Mount | undefined): Promise<void> => {
    if (cors.answerPreflight(ctx)) return;
    if (ctx.req.headers['x-min-position'] !== undefined) await awaitMinPosition(services, ctx);
    if (mount) await dispatchers.get(mount)!(ctx as never, done);
    if (ctx.routeMatched !== true) answerUnrouted(ctx);
  };

  const fail = async (ctx: Context, show: Mount['fail'], error: unknown): Promise<void> => {
    const failure = failureOf(error);
    observer.failed(ctx, failure);
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
      await fail(ctx, mount?.fail ?? answerProblem, error);
    }
    ctx.res.setHeader('X-Position', ctx.state.position);
    observer.answered(ctx);
  });
  // The answer broke off while it was sent: the client is gone, or a store is away.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'an answer broke off'));
  return app as unknown as Koa;
};
