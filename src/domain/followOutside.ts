import type { DataOf, Events } from './events.ts';
import { changeAccount } from './ownAccount.ts';
import type { User } from './user.ts';

/**
 * Records what a token of the outside sign-on that the account comes from says of it, unless the account follows a newer one.
 * `issuedAt`: in seconds, by the clock of the sign-on, as `now` is by ours; 0: the token does not say it.
 */
export const followOutside = (
  user: User,
  profile: DataOf<'ProfileChanged'>['changes'],
  superuser: boolean,
  issuedAt: number,
  now: number,
): Events => {
  const { userId, outsideFollowedAt } = user;
  if (issuedAt > 0 && issuedAt < outsideFollowedAt) return [];
  const events = [...changeAccount(user, { profile }, [])];
  if (superuser !== user.outsideSuperuser) events.push({ type: 'OutsideRankChanged', data: { userId, superuser } });
  const isNews = events.length > 0 || outsideFollowedAt < 0 || issuedAt > now;
  if (issuedAt > Math.max(0, outsideFollowedAt) && isNews)
    events.push({ type: 'OutsideTokenFollowed', data: { userId, issuedAt } });
  return events;
};
