// Which web pages may open a socket. A browser lets every page try, and names the page's origin in `Origin`.

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
