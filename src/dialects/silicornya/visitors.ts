// Who a visitor is: an account, if its client sends a token in the handshake, or else whoever has the secret.
//
// The secret is a cookie, since the clients of the document know no other place for one: a browser keeps it by itself, and
// sends it again when it comes back.

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';
import { identifyHeader } from '../../api/credentials.ts';
import type { Identity } from '../../commands/authenticate.ts';
import { Refused } from '../../domain/refused.ts';
import type { Services } from '../../services.ts';
import { createOriginRule } from '../../ws/origin.ts';

const COOKIE = 'desk';
/** Seconds: the longest that browsers keep a cookie. */
const KEPT = 400 * 24 * 60 * 60;
const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

export type Visitor = { readonly identity: Identity } | { readonly secret: string; readonly setCookie: string };

/** `path`: before every address of these sockets. */
export const createVisitors = ({ config, authenticator }: Services, path: string) => {
  // Any page can make a browser send a cookie. So cookies count only from pages of named origins, never for `*`.
  const named = config.CORS_ORIGINS.filter((origin) => origin !== '*');
  const isTrusted = createOriginRule({ ...config, CORS_ORIGINS: named });
  const secure = config.PUBLIC_URL?.startsWith('https:') ?? false;

  /** @throws Refused `signed-out` for a token that is not good */
  return async ({ authorization, origin, host, cookie = '' }: IncomingHttpHeaders): Promise<Visitor> => {
    if (authorization !== undefined) {
      const identity = await identifyHeader(authenticator, authorization);
      if (identity === undefined) throw new Refused('signed-out');
      return { identity };
    }
    const { [COOKIE]: sent = '' } = isTrusted(origin, host) ? parseCookie(cookie) : {};
    const secret = SECRET.test(sent) ? sent : randomBytes(SECRET_BYTES).toString('base64url');
    const rules = { path, httpOnly: true, secure, sameSite: 'strict', maxAge: KEPT } as const;
    return { secret, setCookie: stringifySetCookie({ name: COOKIE, value: secret, ...rules }) };
  };
};
