// Finds the account of a name and a password. An unknown account and a wrong password get the same answer, as late.

import type { ClaimKind } from '../domain/names.ts';
import { Refused } from '../domain/refused.ts';
import { isActive, rehashPassword, type User, users } from '../domain/user.ts';
import { ownerOf } from './claims.ts';
import type { Origin } from './context.ts';
import { asOf, type Core } from './core.ts';

/** `by`: the kinds of name to look for, in this order. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
  readonly by: readonly Extract<ClaimKind, 'email' | 'username' | 'phone'>[];
}

const MAX_NAME = 320;

/** The account that has the name. */
export const userNamed = async (core: Core, name: string, by: Credentials['by']): Promise<User | undefined> => {
  if (name.length > MAX_NAME) return undefined;
  for (const kind of by) {
    const userId = await ownerOf(core, kind, name);
    if (userId !== undefined) return core.ledger.load(users, userId, asOf(core));
  }
  return undefined;
};

/** @throws Refused `credentials-wrong`; `account-suspended`, which only the owner of the password learns */
export const verifyCredentials = async (core: Core, origin: Origin, { name, password, by }: Credentials) => {
  const user = await userNamed(core, name, by);
  const hash = user?.passwordHash ?? undefined;
  const right = await core.passwords.verify(password, hash);
  if (!right || user === undefined || hash === undefined) throw new Refused('credentials-wrong');
  if (!isActive(user)) throw new Refused('account-suspended');
  if (core.passwords.needsRehash(hash)) {
    const better = await core.passwords.hash(password);
    const plain = { actorId: user.userId, correlationId: origin.correlationId };
    await core.ledger.transact(users, user.userId, plain, (now) => rehashPassword(now, hash, better));
  }
  return user;
};
