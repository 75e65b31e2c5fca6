// The native API as a mount.

import Router from '@koa/router';
import type { Services } from '../services.ts';
import type { RequestState } from './context.ts';
import type { Mount } from './mount.ts';
import { answerProblem } from './problem.ts';
import { createBodyReader } from './readBody.ts';
import { handlerOf, type Route } from './route.ts';

export const nativeMount = (services: Services, routes: readonly Route[]): Mount => {
  const { MAX_BODY, MAX_UPLOAD } = services.config;
  const readBody = createBodyReader({ body: MAX_BODY, upload: MAX_UPLOAD });
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  for (const route of routes)
    router.register(route.path, [route.method], handlerOf(services, route, readBody) as never);
  return { name: 'native', router, fail: answerProblem };
};
