// Headers of every answer, and CORS.

import type { ServerResponse } from 'node:http';
import type { Context } from './context.ts';

const SECURITY = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Referrer-Policy', 'no-referrer'],
  // Most answers are private; a route whose answer is public overrides this.
  ['Cache-Control', 'no-store'],
  ['Vary', 'Origin'],
] as const;

export const setSecurityHeaders = (res: ServerResponse): void => {
  for (const [name, value] of SECURITY) res.setHeader(name, value);
};

const EXPOSED =
  'X-Position, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, ETag, Content-Disposition, Content-Range, ' +
  'Accept-Ranges, WWW-Authenticate, Location, X-Truncated';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const HEADERS =
  'Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Range, X-Min-Position, X-Request-Id';

/** A list of header names, as browsers send it. */
const NAMES = /^[\w-]+(?:, ?[\w-]+){0,50}$/;

/**
 * Lets pages of the origins in `allowed` (exactly as browsers send them; `*`: all) read answers. Only named origins may
 * send cookies.
 */
export const createCors = (allowed: readonly string[]) => {
  const all = allowed.includes('*');
  const origins = new Set(allowed);
  const isAllowed = (origin: string): boolean => origin !== '' && (all || origins.has(origin));
  return {
    setHeaders: (ctx: Context): void => {
      const { origin } = ctx.req.headers;
      if (origin === undefined || !isAllowed(origin)) return;
      ctx.set('Access-Control-Allow-Origin', origin);
      ctx.set('Access-Control-Expose-Headers', EXPOSED);
      if (origins.has(origin)) ctx.set('Access-Control-Allow-Credentials', 'true');
    },
    /** Answers a CORS preflight request. False: the request is none. */
    answerPreflight: (ctx: Context): boolean => {
      const { origin, 'access-control-request-method': wanted } = ctx.req.headers;
      if (ctx.req.method !== 'OPTIONS' || origin === undefined || wanted === undefined) return false;
      if (isAllowed(origin)) {
        ctx.set('Access-Control-Allow-Methods', METHODS);
        const names = ctx.get('Access-Control-Request-Headers');
        // A named origin may send any header, as its clients always could; other origins only those that this API reads.
        ctx.set('Access-Control-Allow-Headers', origins.has(origin) && NAMES.test(names) ? names : HEADERS);
        ctx.set('Access-Control-Max-Age', '600');
      }
      ctx.status = 204;
      return true;
    },
  };
};
