// Which web pages may open a socket or call with a cookie. A browser lets every page try both, and says which page it is.

import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.ts';

/** A client without an `Origin` is no browser. Origins are compared literally: browsers write each in one way. */
export const createOriginRule = ({ PUBLIC_URL, CORS_ORIGINS }: Pick<Config, 'PUBLIC_URL' | 'CORS_ORIGINS'>) => {
  const allowed = new Set(CORS_ORIGINS);
  if (PUBLIC_URL !== undefined) allowed.add(new URL(PUBLIC_URL).origin);
  return (origin: string | undefined, host: string | undefined): boolean => {
    if (origin === undefined) return true;
    if (origin === 'null' || origin === '') return false;
    if (allowed.has('*') || allowed.has(origin)) return true;
    return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
  };
};

/**
 * Does a cookie of this request count? Any page can make a browser send one, so only if the browser says that the page
 * belongs to the site, in `Origin`, or else in `Sec-Fetch-Site`. `*` names no page.
 */
export const createCookieRule = (config: Pick<Config, 'PUBLIC_URL' | 'CORS_ORIGINS'>) => {
  const isOfSite = createOriginRule({
    ...config,
    CORS_ORIGINS: config.CORS_ORIGINS.filter((origin) => origin !== '*'),
  });
  return ({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
    origin === undefined ? site === 'same-origin' : isOfSite(origin, host);
};
