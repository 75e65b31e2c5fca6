// Registers accounts and signs them in, for APIs whose users have passwords.

import type { Origin } from '../../commands/context.ts';
import { signInWithKey } from '../../commands/signInWithKey.ts';
import { mayRegister, type SignUp, signUp } from '../../commands/signUp.ts';
import { type Credentials, verifyCredentials } from '../../commands/verifyCredentials.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import { type User, users } from '../../domain/user.ts';
import { firstEvent } from '../../http/firstEvent.ts';
import { rawField } from './body.ts';
import type { ApiRequest } from './request.ts';
import type { Fields, Valid } from './serializer.ts';

const registerNow = async (request: ApiRequest, wish: () => Promise<SignUp>) => {
  const { core } = request.services;
  const code = core.registration === 'invited' ? rawField(await request.body(), 'invitation') : undefined;
  const invitation = typeof code === 'string' ? code.slice(0, 200).toWellFormed() : null;
  // First of all: strangers who may not register do not learn which names are taken.
  await mayRegister(core, invitation);
  return request.perform(signUp, { ...(await wish()), invitation });
};

/** For commands of a caller who has not signed in yet. A sign-in is never a retry: each gives its own tokens. */
export const anonymous = ({ ctx }: ApiRequest): Origin => ({
  actorId: null,
  address: ctx.state.address,
  correlationId: ctx.state.requestId,
});

/** A form that asks in vain whether a name is taken counts like one that gets it. @throws as `validate`; TooManyRequests */
export const askingForNames = async <T>(request: ApiRequest, validate: () => Promise<T>): Promise<T> =>
  validate().catch((error: unknown) => {
    request.services.core.limits.count({ registrations: 1 }, anonymous(request));
    throw error;
  });

/**
 * Registers an account. `validate` also asks the views, for instance whether a name is free. A retry is answered before
 * that, because its name is taken by its own account. Where registering needs an invitation, the body has its code as
 * `invitation`, which the originals do not know.
 * @returns the account as it was registered, and the ISO time of that: the same for a retry
 */
export const registering = async <F extends Fields>(
  request: ApiRequest,
  form: F,
  wishOf: (fields: Valid<F>) => SignUp,
  validate: () => Promise<Valid<F>>,
): Promise<{ readonly user: User; readonly at: string }> => {
  const earlier = await request.retried(signUp, async () => wishOf(await request.validate(form)));
  const valid = () => askingForNames(request, validate);
  const { userId } = earlier ?? (await registerNow(request, async () => wishOf(await valid())));
  const { first } = await firstEvent(request.services.events, streams.user(userId), 'UserRegistered');
  return { user: users.evolve(users.initial(), first, first), at: first.at };
};

const isWrong = (error: unknown): boolean =>
  error instanceof Refused && ['credentials-wrong', 'account-suspended'].includes(error.code);

/**
 * The account; undefined: no account has this name and password, or it is suspended, which the framework does not tell. Dialects
 * that answer a log-in together check the password once: a wrong one is one guess.
 */
export const passwordSignIn = async (request: ApiRequest, credentials: Credentials): Promise<User | undefined> => {
  const { name, password, by } = credentials;
  try {
    return await request.once(JSON.stringify(['sign-in', name.trim(), password.trim(), by]), () =>
      verifyCredentials(request.services.core, anonymous(request), credentials),
    );
  } catch (error) {
    if (!isWrong(error)) throw error;
    return undefined;
  }
};

/** The key with which the account signs in from now on. */
export const keyOf = async (request: ApiRequest, user: User): Promise<string> => {
  const { key, position } = await signInWithKey(request.services.core, anonymous(request), user);
  await request.settle(position);
  return key;
};
