// What a native route answers, and how the answer leaves: once the views show what was recorded.

import type { Readable } from 'node:stream';
import type { Services } from '../services.ts';
import { Unavailable } from '../store/ports.ts';
import { settle } from './consistency.ts';
import type { Context } from './context.ts';

export interface Answer {
  readonly status: number;
  /** Where the effect of a command lies: the answer waits for the views to be there. */
  readonly position?: number;
  /** A JSON value. As a function, asked once the effect is visible; when that takes too long the answer is 202. */
  readonly body?: unknown;
  /** In place of `body`: something that is not JSON. Its headers say what. */
  readonly content?: string | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

export const reply = async (services: Services, ctx: Context, answer: Answer): Promise<void> => {
  const { position, headers, content, body } = answer;
  const isVisible = position === undefined || (await settle(services, ctx, position));
  if (typeof body === 'function' && !isVisible) return json(ctx, 202, { position });
  if (typeof body === 'function') {
    try {
      json(ctx, answer.status, await body());
    } catch (error) {
      // What was recorded is not taken back because the views went away meanwhile.
      if (position === undefined || !(error instanceof Unavailable)) throw error;
      return json(ctx, 202, { position });
    }
  } else if (body !== undefined) json(ctx, answer.status, body);
  else {
    ctx.status = answer.status;
    if (content !== undefined) ctx.body = content;
  }
  // Last: setting a body sets its own length, which for a HEAD is not the one to tell.
  if (headers) ctx.set(headers);
};

const json = (ctx: Context, status: number, value: unknown): void => {
  ctx.status = status;
  ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8');
  ctx.body = JSON.stringify(value);
};
