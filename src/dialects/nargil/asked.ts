// What several routes ask of a request.

import type { User } from '../../domain/user.ts';
import type { UserDoc } from '../../projections/users.ts';
import { Unavailable } from '../../store/ports.ts';
import type { ApiRequest } from '../django/request.ts';
import type { Addresses } from './wire.ts';

export type Asked = Pick<ApiRequest<unknown, User>, 'services' | 'ctx' | 'local' | 'user'>;

export const addressesOf = ({ services, local }: Asked): Addresses => ({ local, tokens: services.core.tokens });

/** The account that asks. @throws Unavailable where the views have not taken its registration yet */
export const own = async ({ services: { queries }, user }: Asked): Promise<UserDoc> => {
  const found = await queries.user(user.userId);
  if (found === undefined) throw new Unavailable('views');
  return found;
};
