// Who asks, by the Authorization header.

import type { Authenticator, Identity } from '../commands/authenticate.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

/** The scheme in lower case, and what follows it; undefined where the header is not of that form. */
export const credentialIn = (header: string | undefined): { scheme: string; token: string } | undefined => {
  const match = header === undefined || header.length > 5000 ? null : /^([A-Za-z]+) +([^\s]+) *$/.exec(header);
  return match === null ? undefined : { scheme: match[1]!.toLowerCase(), token: match[2]! };
};

/** Whose the credential is, an access token or a key, whatever scheme it came under. */
export const identify = (authenticator: Authenticator, token: string): Promise<Identity | undefined> =>
  token.length === 40 && !token.includes('.') ? authenticator.byKey(token) : authenticator.byAccessToken(token);

/** @throws Refused `signed-out` without a good `Bearer` or `Token` credential. */
export const requireIdentity = async ({ authenticator }: Services, ctx: Context): Promise<Identity> => {
  const credential = credentialIn(ctx.req.headers.authorization);
  const known = credential !== undefined && (credential.scheme === 'bearer' || credential.scheme === 'token');
  const identity = known ? await identify(authenticator, credential.token) : undefined;
  if (identity === undefined) throw new Refused('signed-out');
  ctx.state.identity = identity;
  return identity;
};
