// Who asks, by the Authorization header.

import type { Authenticator, Identity, Purpose } from '../commands/authenticate.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

/** The scheme in lower case, and what follows it; undefined where the header is not of that form. */
export const credentialIn = (header: string | undefined): { scheme: string; token: string } | undefined => {
  const match = header === undefined || header.length > 5000 ? null : /^([A-Za-z]+) +([^\s]+) *$/.exec(header);
  return match === null ? undefined : { scheme: match[1]!.toLowerCase(), token: match[2]! };
};

/** Whose the credential is, an access token or a key, whatever scheme it came under. */
export const identify = (
  authenticator: Authenticator,
  token: string,
  purpose: Purpose = 'anything',
): Promise<Identity | undefined> =>
  token.length === 40 && !token.includes('.')
    ? authenticator.byKey(token, purpose)
    : authenticator.byAccessToken(token, purpose);

/** What a request of this method needs to know who asks for. */
export const purposeOf = (method: string | undefined): Purpose =>
  method === 'GET' || method === 'HEAD' ? 'reading' : 'anything';

/** @throws Refused `signed-out` without a good `Bearer` or `Token` credential. */
export const requireIdentity = async ({ authenticator }: Services, ctx: Context): Promise<Identity> => {
  const credential = credentialIn(ctx.req.headers.authorization);
  const known = credential !== undefined && (credential.scheme === 'bearer' || credential.scheme === 'token');
  const identity = known ? await identify(authenticator, credential.token, purposeOf(ctx.method)) : undefined;
  if (identity === undefined) throw new Refused('signed-out');
  ctx.state.identity = identity;
  return identity;
};
