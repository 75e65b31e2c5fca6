// Answers on the wire, with the headers a Django behind the framework sends.

import type { Context } from '../../http/context.ts';
import type { PageError } from './apiErrors.ts';
import { pages } from './pages.ts';
import type { Answer } from './route.ts';

const HEADERS = {
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;

/** Compact, in UTF-8; two line separators are escaped, as JavaScript of old took them for ends of lines. */
export const compact = (body: unknown, replacer?: (key: string, value: unknown) => unknown): string =>
  JSON.stringify(body, replacer).replace(/[\u2028\u2029]/g, (char) => (char === '\u2028' ? '\\u2028' : '\\u2029'));

/** `allow`: what the route allows. */
export const respond = (ctx: Context, answer: Answer, allow: string): void => {
  ctx.set(HEADERS);
  ctx.set('Vary', 'Accept, Origin');
  ctx.set('Allow', allow);
  ctx.status = answer.status;
  if (answer.content !== undefined) ctx.body = answer.content;
  else if (answer.body === undefined) ctx.body = null;
  else {
    ctx.body = compact(answer.body);
    // Koa would add a charset.
    ctx.res.setHeader('Content-Type', 'application/json');
  }
  // Koa takes a null body for a 204.
  ctx.status = answer.status;
  if (answer.headers) ctx.set(answer.headers);
};

export const respondPage = (ctx: Context, status: PageError['status']): void => {
  ctx.set(HEADERS);
  ctx.status = status;
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.body = pages[status];
};
