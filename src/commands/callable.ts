// Finds whom a text calls: the accounts behind its names, and who is present. The decision says whom of them it may call.

import { calledIn } from '../domain/mentions.ts';
import type { Callable } from '../domain/message.ts';
import { type User, users } from '../domain/user.ts';
import { ownerOf } from './claims.ts';
import { asOf, type Core } from './core.ts';

/** Accounts that `@here` calls at most. */
const MOST_PRESENT = 500;

/** `readings`: of one name, the best first. */
const accountCalled = async (core: Core, readings: readonly string[]): Promise<User | undefined> => {
  const owners = await Promise.all(readings.map((name) => ownerOf(core, 'username', name)));
  const userId = owners.find((id) => id !== undefined);
  return userId === undefined ? undefined : core.ledger.load(users, userId, asOf(core));
};

/** Undefined: it calls nobody. */
export const callableIn = async (core: Core, conversationId: string, text: string): Promise<Callable | undefined> => {
  const { names, everyone, here } = calledIn(text);
  if (names.length === 0 && !everyone && !here) return undefined;
  const [found, present] = await Promise.all([
    Promise.all(names.map((readings) => accountCalled(core, readings))),
    here && !everyone ? core.presentIn(conversationId, MOST_PRESENT) : undefined,
  ]);
  return { named: found.filter((user) => user !== undefined), everyone, here: present };
};
