// Errors of the native API: RFC 9457 problem details.

import type { Context } from './context.ts';
import type { Failure } from './failures.ts';

export const PROBLEM = 'application/problem+json';

export const answerProblem = (ctx: Context, { status, code, title, errors }: Failure): void => {
  ctx.status = status;
  ctx.set('Content-Type', PROBLEM);
  ctx.body = JSON.stringify({
    type: `/docs#${code}`,
    title,
    status,
    code,
    ...(errors.length === 0 ? {} : { errors }),
    requestId: ctx.state.requestId,
  });
};
