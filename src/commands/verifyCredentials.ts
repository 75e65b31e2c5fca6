// Finds the account of a name and a password. An unknown account and a wrong password get the same answer, as late.

import { Busy } from '../auth/workerPool.ts';
import { rehashPassword } from '../domain/credentials.ts';
import { type ClaimKind, canonical } from '../domain/names.ts';
import { isPhone } from '../domain/phones.ts';
import { type RefusalCode, Refused } from '../domain/refused.ts';
import { isActive, type User, users } from '../domain/user.ts';
import { TooManyRequests } from '../limits/limits.ts';
import { checkPassword } from './checkPassword.ts';
import { ownerOf } from './claims.ts';
import { type Origin, whoOf } from './context.ts';
import { asOf, type Core } from './core.ts';

/** `by`: the kinds of name to look for, in this order. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
  readonly by: readonly Extract<ClaimKind, 'email' | 'username' | 'phone'>[];
}

const MAX_NAME = 320;

/** The accounts that have the name: it may be the username of one and the phone number of another. */
export const usersNamed = async (core: Core, name: string, by: Credentials['by']): Promise<readonly User[]> => {
  if (name.length > MAX_NAME) return [];
  const owners = await Promise.all(by.map((kind) => ownerOf(core, kind, name)));
  const ids = [...new Set(owners.filter((id) => id !== undefined))];
  return Promise.all(ids.map((id) => core.ledger.load(users, id, asOf(core))));
};

/**
 * Guesses at names that nobody has are counted as well, in every spelling alike: a limit must not tell who exists. By the
 * pseudonym, since people type passwords into the field for the name.
 */
export const nameless = ({ pseudonym }: Core, name: string): string => {
  const start = name.slice(0, MAX_NAME);
  return pseudonym('nameless', canonical(isPhone(start) ? 'phone' : 'username', start));
};

const unlessBusy = (error: unknown): undefined => {
  if (!(error instanceof Busy)) throw error;
};

/** Hashes the password, which was just verified, at the cost of now. While too many wait, a later sign-in does it. */
const rehash = async (core: Core, { address, correlationId }: Origin, user: User, password: string): Promise<void> => {
  const { userId, passwordHash } = user;
  const better = await core.passwords.hash(password, address).catch(unlessBusy);
  if (better === undefined) return;
  await core.ledger.transact(users, userId, { actorId: userId, correlationId }, (now) =>
    rehashPassword(now, passwordHash ?? '', better),
  );
};

/** Nobody has signed in yet, so the security log has to learn here which account it was. */
const refusal = (core: Core, origin: Origin, code: RefusalCode, user: User | undefined): Refused => {
  const error = new Refused(code);
  core.security.refused(error, { ...whoOf(origin), userId: user?.userId });
  return error;
};

/**
 * @throws Refused `credentials-wrong`; `account-suspended`, which only the owner of the password learns; TooManyRequests;
 * Busy
 */
export const verifyCredentials = async (core: Core, origin: Origin, { name, password, by }: Credentials) => {
  core.limits.count({ 'sign-ins': 1 }, origin);
  const named = await usersNamed(core, name, by);
  let limited: TooManyRequests | undefined;
  for (const user of named.length === 0 ? [undefined] : named) {
    const stored = user?.passwordHash ?? undefined;
    const guesser = { address: origin.address, actorId: user?.userId ?? nameless(core, name) };
    const right = await checkPassword(core, guesser, password, stored).catch((error: unknown) => {
      if (!(error instanceof TooManyRequests)) throw error;
      // Guesses at one owner of the name must not keep the other one out.
      limited = error;
      return false;
    });
    if (!right || user === undefined || stored === undefined) continue;
    if (!isActive(user)) throw refusal(core, origin, 'account-suspended', user);
    if (core.passwords.needsRehash(stored)) await rehash(core, origin, user, password);
    return user;
  }
  throw limited ?? refusal(core, origin, 'credentials-wrong', named[0]);
};
