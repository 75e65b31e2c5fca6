// Which web pages may open a socket. A browser lets any page try, and names the page's origin in `Origin`.

import type { Config } from '../config.ts';

/** Without an `Origin` it is no browser. Compared letter by letter: browsers always write it in one way. */
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
