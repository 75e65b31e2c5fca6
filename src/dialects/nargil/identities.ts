// A person has two ids: most answers show the id of the account, lists of people the id of its profile.

import { derivedId } from '../../domain/ids.ts';
import type { Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import type { UserRequest } from '../django/request.ts';
import { visible } from '../shared/find.ts';
import { toUuid } from '../shared/uuid.ts';

/** The bits in which the two ids differ. The version and the variant of the UUID stay. */
const MASK = BigInt(`0x${derivedId('nargil', 'profile').replaceAll('-', '')}`) & ~(0xfn << 76n) & ~(0x3n << 62n);

/** The profile id of a user id, and the user id of a profile id: the server stores neither. */
export const profileId = (userId: string): string => {
  const bits = BigInt(`0x${userId.replaceAll('-', '')}`) ^ MASK;
  return toUuid(bits.toString(16).padStart(32, '0'))!;
};

/** The account of either id, unless it is deleted. */
export const personOf = async (queries: Queries, id: string): Promise<UserDoc | undefined> => {
  const found = await queries.usersById([id, profileId(id)]);
  const user = found.get(id) ?? found.get(profileId(id));
  return user?.deleted === false ? user : undefined;
};

/** The caller's account. @throws Unavailable while the views do not have it */
export const ownDocument = ({ services, user }: UserRequest): Promise<UserDoc> =>
  visible(services.queries.user(user.userId));
