// Finds the owner of a credential in a request, a handshake or a frame.

import type { Authenticator, Identity, Purpose } from '../commands/authenticate.ts';

/** The scheme in lower case, and the token after it; undefined if the header has another form. */
export const credentialIn = (header: string | undefined): { scheme: string; token: string } | undefined => {
  const match = header === undefined || header.length > 5000 ? null : /^([A-Za-z]+) +([^\s]+) *$/.exec(header);
  return match === null ? undefined : { scheme: match[1]!.toLowerCase(), token: match[2]! };
};

/** The owner of an access token or a key. */
export const identify = (
  authenticator: Authenticator,
  token: string,
  purpose: Purpose = 'anything',
): Promise<Identity | undefined> =>
  token.length === 40 && !token.includes('.')
    ? authenticator.byKey(token, purpose)
    : authenticator.byAccessToken(token, purpose);

/** The owner of the credential in an `Authorization` header, `Bearer` or `Token`. */
export const identifyHeader = async (
  authenticator: Authenticator,
  header: string | undefined,
  purpose?: Purpose,
): Promise<Identity | undefined> => {
  const { scheme, token = '' } = credentialIn(header) ?? {};
  return scheme === 'bearer' || scheme === 'token' ? identify(authenticator, token, purpose) : undefined;
};
