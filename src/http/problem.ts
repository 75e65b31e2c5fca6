// Answers an error of the native API with problem details.

import type { Failure } from '../api/failures.ts';
import { PROBLEM, problemOf } from '../api/problem.ts';
import type { Context } from './context.ts';

export const answerProblem = (ctx: Context, { status, code, errors }: Failure): void => {
  ctx.status = status;
  ctx.set('Content-Type', PROBLEM);
  const details = errors.length === 0 ? {} : { errors };
  ctx.body = JSON.stringify({ ...problemOf(code), ...details, requestId: ctx.state.requestId });
};
