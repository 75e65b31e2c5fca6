// Signs a request in with a token of the outside sign-on, or with any token of this server, from a header or from a cookie.

import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import { identify } from '../../api/credentials.ts';
import { Refused } from '../../domain/refused.ts';
import type { Services } from '../../services.ts';
import { createCookieRule } from '../../ws/origin.ts';
import { authenticationFailed, invalidToken } from '../django/apiErrors.ts';
import { type Scheme, wordsOf } from '../django/schemes.ts';

/** The token in the header, with or without a scheme word. Empty: the client sent none. */
const tokenIn = (headers: IncomingHttpHeaders): string => {
  const words = wordsOf(headers);
  return words.length > 1 && /^(?:token|bearer)$/i.test(words[0]!) ? words.slice(1).join(' ') : words.join(' ');
};

const tokenInCookie = ({ cookie = '' }: IncomingHttpHeaders): string => {
  const { token = '' } = parseCookie(cookie);
  return tokenIn({ authorization: token.replace(/^"(.*)"$/, '$1') });
};

export const nargilScheme = ({ config, authenticator }: Services): Scheme => {
  const doesCookieCount = createCookieRule(config);

  return {
    challenge: 'Token',
    identify: async ({ headers }, purpose) => {
      const token = tokenIn(headers) || (doesCookieCount(headers) ? tokenInCookie(headers) : '');
      if (token === '') return undefined;
      const identity = await identify(authenticator, token, purpose).catch((error: unknown) => {
        if (error instanceof Refused && error.code === 'signed-out')
          throw authenticationFailed('User inactive or deleted.');
        throw error;
      });
      if (identity === undefined) throw invalidToken();
      return identity;
    },
  };
};
