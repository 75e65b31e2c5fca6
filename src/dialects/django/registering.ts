// Registering by a form.

import { type RegisterUser, registerUser } from '../../commands/registerUser.ts';
import type { ApiRequest } from './request.ts';
import type { Declaration, Serializer, Valid } from './serializer.ts';

/**
 * Makes the account and gives its id. `validate` asks the outside as well, for instance whether a name is free. A retry
 * is answered before that, or its own account would stand in its way.
 */
export const registering = async <D extends Declaration>(
  request: ApiRequest,
  form: Serializer<D>,
  wishOf: (fields: Valid<D>) => RegisterUser,
  validate: () => Promise<Valid<D>>,
): Promise<string> => {
  const earlier = await request.retried(registerUser, async () => wishOf(await request.validate(form)));
  const { userId } = earlier ?? (await request.perform(registerUser, wishOf(await validate())));
  return userId;
};
