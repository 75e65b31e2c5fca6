// Finds who is behind a credential, whether a request, a handshake or a frame brought it.

import type { Authenticator, Identity, Purpose } from '../commands/authenticate.ts';

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

/** Whose an `Authorization` header is, `Bearer` or `Token`. */
export const identifyHeader = async (
  authenticator: Authenticator,
  header: string | undefined,
  purpose?: Purpose,
): Promise<Identity | undefined> => {
  const { scheme, token = '' } = credentialIn(header) ?? {};
  return scheme === 'bearer' || scheme === 'token' ? identify(authenticator, token, purpose) : undefined;
};
