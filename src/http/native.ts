// The native API as a mount.

import Router from '@koa/router';
import type { Services } from '../services.ts';
import type { RequestState } from './context.ts';
import type { Mount } from './mount.ts';
import { answerProblem } from './problem.ts';

export const nativeMount = (_services: Services): Mount => {
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  return { name: 'native', router, fail: answerProblem };
};
