// Read your writes: each answer says which position it reflects (`X-Position`), each read may ask for a later one
// (`X-Min-Position`).

import { HttpFailure, malformed } from '../api/failures.ts';
import { type Services, VIEW_WAIT } from '../services.ts';
import type { Context } from './context.ts';

/**
 * Waits until the views have reached `position`, which a command recorded: true when they have. False after a bounded
 * wait: the answer leaves all the same, since what is recorded stays recorded.
 */
export const settle = ({ progress }: Services, ctx: Context, position: number): Promise<boolean> => {
  ctx.state.position = position;
  return progress.reached(position, VIEW_WAIT);
};

/** Waits until the views have reached the position that a read asks for. @throws HttpFailure `position-not-reached` */
export const awaitMinPosition = async ({ progress }: Services, ctx: Context): Promise<void> => {
  const wanted = ctx.req.headers['x-min-position'];
  if (wanted === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return;
  const position = typeof wanted === 'string' && /^\d{1,16}$/.test(wanted) ? Number(wanted) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw malformed('X-Min-Position', 'Not a position.');
  if (!(await progress.reached(position, VIEW_WAIT))) throw new HttpFailure('position-not-reached');
  ctx.state.position = progress.position;
};
