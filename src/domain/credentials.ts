// What signs in to an account: its password, its key, and the tokens of an outside sign-on.

import type { DomainEvent, Events } from './events.ts';
import { Refused } from './refused.ts';
import type { SessionClock, SessionLimits } from './sessionLimits.ts';
import { type Names, registered, type User } from './user.ts';

/** The user signs in by an outside sign-on. */
export const noteSignIn = (user: User): Events => [{ type: 'LoggedIn', data: { userId: registered(user).userId } }];

/** Ends the key and all sessions except `keptSessionId`. */
export const changePassword = (user: User, passwordHash: string, keptSessionId: string | null): Events => {
  const { userId } = registered(user);
  const kept = keptSessionId === null ? {} : { keptSessionId };
  return [{ type: 'PasswordChanged', data: { userId, passwordHash, ...kept } }, ...revokeKey(user)];
};

/**
 * Can the account, with these changes of its names, sign in with a password? An account of an outside sign-on may have none of
 * them. @throws Refused `name-required`
 */
export const checkNamed = (
  { names }: User,
  changes: { readonly [Kind in keyof Names]?: string | null | undefined },
): void => {
  const { email = names.email, username = names.username, phone = names.phone } = changes;
  if (email === null && username === null && phone === null)
    throw new Refused('name-required', 'username', [{ code: 'name-required', field: 'email' }]);
};

export const rehashPassword = (user: User, old: string, passwordHash: string): Events =>
  registered(user).passwordHash === old
    ? [{ type: 'PasswordRehashed', data: { userId: user.userId, passwordHash } }]
    : [];

/** The time at which the account's key ends. */
export const keyEnd = ({ keyIssuedAt }: User, { lifetime }: SessionLimits): Date =>
  new Date(Date.parse(keyIssuedAt) + lifetime);

/**
 * The user signs in with the current key, or with a new one. `epoch`: of the account when its password was checked. `hashesOf`:
 * the hashes that the key of a generation may have, the first of which a new one has.
 */
export const signInWithKey = (
  user: User,
  epoch: number,
  hashesOf: (generation: number) => readonly [string, ...string[]],
  clock: SessionClock,
): Events => {
  const { userId, keyHash, keyGeneration } = registered(user);
  // Suspended since its password was verified.
  if (user.suspended) throw new Refused('account-suspended');
  // Somebody set another password since then, or ended every sign-in.
  if (user.epoch !== epoch) throw new Refused('credentials-wrong');
  const loggedIn: DomainEvent = { type: 'LoggedIn', data: { userId } };
  const isGood = keyHash !== null && hashesOf(keyGeneration).includes(keyHash) && clock.now < keyEnd(user, clock);
  if (isGood) return [loggedIn];
  const generation = keyGeneration + 1;
  return [
    ...revokeKey(user),
    { type: 'KeyIssued', data: { userId, generation, keyHash: hashesOf(generation)[0] } },
    loggedIn,
  ];
};

/** Does a token that an outside sign-on issued at that second still count? It ends with a log-out and a new password. */
export const countsOutside = ({ outsideEndedAt, outsideKeptAt }: User, issuedAt: number): boolean =>
  issuedAt > outsideEndedAt || issuedAt === outsideKeptAt;

/** The user logs out with a token that an outside sign-on issued at `issuedAt`: all tokens so far end. Both in seconds. */
export const endOutsideSignIns = (user: User, issuedAt: number, now: number): Events =>
  countsOutside(registered(user), issuedAt)
    ? [
        {
          type: 'OutsideSignInsEnded',
          data: { userId: user.userId, issuedUpTo: Math.max(issuedAt, now, user.outsideFollowedAt) },
        },
      ]
    : [];

export const revokeKey = (user: User): Events => {
  const { userId, keyHash, keyGeneration } = registered(user);
  return keyHash === null ? [] : [{ type: 'KeyRevoked', data: { userId, generation: keyGeneration, keyHash } }];
};
