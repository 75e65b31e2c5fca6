// Registers an account by a form.

import { type RegisterUser, registerUser } from '../../commands/registerUser.ts';
import { streams } from '../../domain/streams.ts';
import { type User, users } from '../../domain/user.ts';
import { firstEvent } from '../../http/firstEvent.ts';
import type { ApiRequest } from './request.ts';
import type { Fields, Valid } from './serializer.ts';

/** An account as it was registered, and when: a retry sees the same. */
export interface Registered {
  readonly user: User;
  /** ISO time. */
  readonly at: string;
}

/**
 * Makes the account. `validate` also asks the views, for instance whether a name is free. A retry is answered before
 * that, because its name is taken by its own account.
 */
export const registering = async <F extends Fields>(
  request: ApiRequest,
  form: F,
  wishOf: (fields: Valid<F>) => RegisterUser,
  validate: () => Promise<Valid<F>>,
): Promise<Registered> => {
  const earlier = await request.retried(registerUser, async () => wishOf(await request.validate(form)));
  const { userId } = earlier ?? (await request.perform(registerUser, wishOf(await validate())));
  const { first } = await firstEvent(request.services.events, streams.user(userId), 'UserRegistered');
  return { user: users.evolve(users.initial(), first, first), at: first.at };
};
