// What every request goes through, whichever API it is for.

import Koa, { type Middleware } from 'koa';
import { failureOf, HttpFailure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import { awaitMinPosition } from './consistency.ts';
import type { Context, RequestState } from './context.ts';
import { createCors, setSecurityHeaders } from './headers.ts';
import { type Mount, mountTable } from './mount.ts';
import { nativeMounts } from './native.ts';
import { createObserver } from './observe.ts';
import { answerProblem } from './problem.ts';
import { drain } from './readBytes.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';

const isRequestId = (id: unknown): id is string => typeof id === 'string' && /^[\w.:-]{1,100}$/.test(id);

/** Ids that no other process gives, in the order in which they are asked for. */
const requestIds = (start: string): (() => string) => {
  let count = 0;
  return () => `${start}-${++count}`;
};

const done = async (): Promise<void> => undefined;

/** The methods that `ctx.path` knows, once a router has looked at it. */
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

/** The native API, or some routes of it, and the `others`, in the order in which a path is looked for. Its `callback()` answers the requests of a server. */
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
  // A body that breaks off while it is sent: the client is gone, or a store is.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'an answer broke off'));
  return app as unknown as Koa;
};
