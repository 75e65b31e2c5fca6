// Signing in with a password as the framework's serializers take it: without the spaces around.

import type { Origin } from '../../commands/context.ts';
import { type Credentials, verifyCredentials } from '../../commands/verifyCredentials.ts';
import { Refused } from '../../domain/refused.ts';
import type { User } from '../../domain/user.ts';
import { strip } from './pythonText.ts';
import type { ApiRequest } from './request.ts';

/** For commands of who is not known yet. A sign-in is never a retry: each gives its own tokens. */
export const anonymous = ({ ctx }: Pick<ApiRequest, 'ctx'>): Origin => ({
  actorId: null,
  correlationId: ctx.state.requestId,
});

/** Undefined: wrong. An account made through another API may have spaces around its password: that is tried as well. */
export const passwordSignIn = async (
  request: Pick<ApiRequest, 'ctx' | 'services'>,
  { password, ...names }: Credentials,
): Promise<User | undefined> => {
  for (const spelling of new Set([strip(password), password]))
    try {
      return await verifyCredentials(request.services.core, anonymous(request), { ...names, password: spelling });
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'credentials-wrong')) throw error;
    }
  return undefined;
};
