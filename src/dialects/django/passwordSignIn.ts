// Signs in with a password, which the framework's serializers take without the spaces around it.

import type { Origin } from '../../commands/context.ts';
import { signInWithKey } from '../../commands/signInWithKey.ts';
import { type Credentials, verifyCredentials } from '../../commands/verifyCredentials.ts';
import { Refused } from '../../domain/refused.ts';
import type { User } from '../../domain/user.ts';
import { rawField } from './body.ts';
import type { ApiRequest } from './request.ts';

/** For commands of a caller who is not known yet. A sign-in is never a retry: each gives its own tokens. */
export const anonymous = ({ ctx }: ApiRequest): Origin => ({ actorId: null, correlationId: ctx.state.requestId });

/**
 * The account; undefined: no account has this name and password. An account made through another API may have spaces
 * around its password, so the password is also tried as it came.
 */
export const passwordSignIn = async (
  request: ApiRequest,
  { password, ...names }: Credentials,
): Promise<User | undefined> => {
  const sent = rawField(await request.body(), 'password');
  for (const spelling of new Set([password.trim(), typeof sent === 'string' ? sent : password]))
    try {
      return await verifyCredentials(request.services.core, anonymous(request), { ...names, password: spelling });
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'credentials-wrong')) throw error;
    }
  return undefined;
};

/** The key with which the account signs in from now on. */
export const keyOf = async (request: ApiRequest, user: User): Promise<string> => {
  const { key, position } = await signInWithKey(request.services.core, anonymous(request), user);
  await request.settle(position);
  return key;
};
