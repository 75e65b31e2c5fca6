// The native API: one mount for each path, since a router tries its routes one by one.

import Router from '@koa/router';
import { PROBLEM, problemOf } from '../api/failureCodes.ts';
import type { Failure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context, RequestState } from './context.ts';
import { handlerOf } from './handlerOf.ts';
import type { Mount } from './mount.ts';
import { createBodyReader } from './readBody.ts';
import type { Route } from './route.ts';

/** Answers an error with problem details. */
export const answerProblem = (ctx: Context, { status, code, errors }: Failure): void => {
  ctx.status = status;
  ctx.set('Content-Type', PROBLEM);
  const details = errors.length === 0 ? {} : { errors };
  ctx.body = JSON.stringify({ ...problemOf(code), ...details, requestId: ctx.state.requestId });
};

export const nativeMounts = (services: Services, routes: readonly Route[]): readonly Mount[] => {
  const { MAX_BODY, MAX_UPLOAD } = services.config;
  const readBody = createBodyReader({ body: MAX_BODY, upload: MAX_UPLOAD });
  return [...Map.groupBy(routes, ({ path }) => path)].map(([path, onPath]) => {
    const router = new Router<RequestState>({ sensitive: true, strict: true });
    for (const route of onPath) router.register(path, [route.method], handlerOf(services, route, readBody) as never);
    const name = onPath[0]!.area;
    return { name, router, fail: answerProblem };
  });
};
