// The ways in which a request signs in. Any token of this server signs in under any scheme. The scheme words the error
// for a token that is not valid.

import type { IncomingHttpHeaders } from 'node:http';
import { identifyHeader } from '../../api/credentials.ts';
import type { Identity, Purpose } from '../../commands/authenticate.ts';
import { Refused } from '../../domain/refused.ts';
import { isActive, users } from '../../domain/user.ts';
import type { Services } from '../../services.ts';
import { ApiError, authenticationFailed, invalidToken } from './apiErrors.ts';

/** The part of a request that signs in. */
export interface Presented {
  readonly headers: IncomingHttpHeaders;
  /** Of the client. */
  readonly address: string;
}

export interface Scheme {
  /** For `WWW-Authenticate` of a 401. */
  readonly challenge: string;
  /**
   * The caller; undefined where the request has no credentials that this scheme knows. `purpose`: default anything.
   * @throws ApiError for credentials that are not valid.
   */
  identify(presented: Presented, purpose?: Purpose): Promise<Identity | undefined>;
}

/** The words of an Authorization header. */
export const wordsOf = ({ authorization = '' }: IncomingHttpHeaders): readonly string[] =>
  authorization.split(/[ \t]+/).filter((word) => word !== '');

/** `Authorization: Token <key>`, like the framework's own tokens. */
export const tokenScheme = (services: Services): Scheme => ({
  challenge: 'Token',
  identify: async ({ headers }, purpose) => {
    const identity = await identifyHeader(services.authenticator, headers.authorization, purpose);
    const words = wordsOf(headers);
    if (identity || words[0]?.toLowerCase() !== 'token') return identity;
    if (words.length === 1) throw authenticationFailed('Invalid token header. No credentials provided.');
    if (words.length > 2) throw authenticationFailed('Invalid token header. Token string should not contain spaces.');
    throw invalidToken();
  },
});

const bearerError = (text: string, code: string, more: object = {}): ApiError =>
  new ApiError(401, { detail: text, code, ...more });

/** Why a bearer token is not valid, in the words of simplejwt. */
const whyRefused = async ({ core }: Services, token: string): Promise<ApiError> => {
  const claims = await core.tokens.verifyAccess(token);
  const user = claims && (await core.ledger.load(users, claims.userId));
  if (user && user.status !== 'registered') return bearerError('User not found', 'user_not_found');
  if (user && !isActive(user)) return bearerError('User is inactive', 'user_inactive');
  const message = core.tokens.readRefresh(token) ? 'Token has wrong type' : 'Token is invalid or expired';
  return bearerError('Given token not valid for any token type', 'token_not_valid', {
    messages: [{ token_class: 'AccessToken', token_type: 'access', message }],
  });
};

/** `Authorization: Bearer <access token>`, like simplejwt: the keyword in exactly this case. */
export const bearerScheme = (services: Services): Scheme => ({
  challenge: 'Bearer realm="api"',
  identify: async ({ headers }, purpose) => {
    const identity = await identifyHeader(services.authenticator, headers.authorization, purpose);
    const words = wordsOf(headers);
    if (identity || words[0] !== 'Bearer') return identity;
    if (words.length !== 2)
      throw bearerError('Authorization header must contain two space-delimited values', 'bad_authorization_header');
    throw await whyRefused(services, words[1]!);
  },
});

/** What the words of a Basic header say. @throws ApiError 401 */
const basicCredentials = ([, text, ...more]: readonly string[]): { name: string; password: string } => {
  const invalid = (reason: string) => authenticationFailed(`Invalid basic header. ${reason}`);
  if (text === undefined) throw invalid('No credentials provided.');
  if (more.length > 0) throw invalid('Credentials string should not contain spaces.');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0)
    throw invalid('Credentials not correctly base64 encoded.');
  const [name, ...password] = Buffer.from(text, 'base64').toString().split(':');
  return { name: name!, password: password.join(':') };
};

/** `Authorization: Basic <username:password>` beside another scheme, like the framework's defaults. */
export const basicOr = (services: Services, other: Scheme): Scheme => ({
  challenge: 'Basic realm="api"',
  identify: async (presented, purpose) => {
    const words = wordsOf(presented.headers);
    if (words[0]?.toLowerCase() !== 'basic') return other.identify(presented, purpose);
    const credentials = basicCredentials(words);
    try {
      const { address } = presented;
      const origin = { actorId: null, address, correlationId: services.core.newId() };
      return await services.authenticator.byPassword(origin, { ...credentials, by: ['email', 'username'] });
    } catch (error) {
      if (error instanceof Refused) throw authenticationFailed('Invalid username/password.');
      throw error;
    }
  },
});
