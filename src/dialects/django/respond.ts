// Writes answers, with the headers that Django sends.

import type { Context } from '../../http/context.ts';
import { compact } from '../../http/listed.ts';
import type { PageError } from './apiErrors.ts';
import { type Answer, allowed, type Route } from './route.ts';

const HEADERS = {
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;

const page = (title: string, text = ''): string =>
  `<!doctype html>\n<html lang="en">\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${text}</p></body>\n</html>\n`;

/** The HTML pages of a Django in production. */
const pages = {
  400: page('Bad Request (400)'),
  404: page('Not Found', 'The requested resource was not found on this server.'),
  500: page('Server Error (500)'),
} as const;

export const respond = (ctx: Context, { status, body, content, headers = {} }: Answer, route: Route): void => {
  ctx.set({ ...HEADERS, Vary: 'Accept, Origin', Allow: allowed(route) });
  ctx.body = content ?? (body === undefined ? null : compact(body));
  // After the body, because Koa makes a null body a 204.
  ctx.status = status;
  // Koa would add a charset.
  if (body !== undefined) ctx.res.setHeader('Content-Type', 'application/json');
  ctx.set(headers);
};

export const respondPage = (ctx: Context, status: PageError['status']): void => {
  ctx.set(HEADERS);
  ctx.status = status;
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.body = pages[status];
};
