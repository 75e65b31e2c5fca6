// Registers accounts and signs them in, for APIs whose users have passwords.

import type { Origin } from '../../commands/context.ts';
import { type RegisterUser, registerUser } from '../../commands/registerUser.ts';
import { signInWithKey } from '../../commands/signInWithKey.ts';
import { type Credentials, verifyCredentials } from '../../commands/verifyCredentials.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import { type User, users } from '../../domain/user.ts';
import { firstEvent } from '../../http/firstEvent.ts';
import { rawField } from './body.ts';
import type { ApiRequest } from './request.ts';
import type { Fields, Valid } from './serializer.ts';

/** For commands of a caller who has not signed in yet. A sign-in is never a retry: each gives its own tokens. */
export const anonymous = ({ ctx }: ApiRequest): Origin => ({
  actorId: null,
  address: ctx.state.address,
  correlationId: ctx.state.requestId,
});

/**
 * Registers an account. `validate` also asks the views, for instance whether a name is free. A retry is answered before
 * that, because its name is taken by its own account.
 * @returns the account as it was registered, and the ISO time of that: the same for a retry
 */
export const registering = async <F extends Fields>(
  request: ApiRequest,
  form: F,
  wishOf: (fields: Valid<F>) => RegisterUser,
  validate: () => Promise<Valid<F>>,
): Promise<{ readonly user: User; readonly at: string }> => {
  const earlier = await request.retried(registerUser, async () => wishOf(await request.validate(form)));
  // A form that asks in vain whether a name is taken counts as well.
  const valid = () =>
    validate().catch((error: unknown) => {
      request.services.core.limits.count({ registrations: 1 }, anonymous(request));
      throw error;
    });
  const { userId } = earlier ?? (await request.perform(registerUser, wishOf(await valid())));
  const { first } = await firstEvent(request.services.events, streams.user(userId), 'UserRegistered');
  return { user: users.evolve(users.initial(), first, first), at: first.at };
};

/**
 * The account; undefined: no account has this name and password. The framework's serializers trim passwords, but an
 * account of another API may have spaces around its password: so the password is also tried as the client sent it.
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
