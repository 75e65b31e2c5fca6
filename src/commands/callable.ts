// Finds whom a text calls: the accounts behind its names, and who is present. The decision says whom of them it may call.

import { may } from '../domain/access.ts';
import type { Conversation } from '../domain/conversation.ts';
import { readerIn } from '../domain/conversationAccess.ts';
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

/** Undefined: it calls nobody. Who is present is asked only for a sender who may call all: that looks at thousands of members. */
export const callableIn = async (
  core: Core,
  conversation: Conversation,
  sender: User,
  text: string,
): Promise<Callable | undefined> => {
  const { names, everyone, here } = calledIn(text);
  const reader = readerIn(conversation, sender);
  const calls = names.length > 0 || everyone || here;
  if (!calls || !may(reader, 'write', conversation)) return undefined;
  const callsPresent = here && !everyone && may(reader, 'callAll', conversation);
  const [found, present] = await Promise.all([
    Promise.all(names.map((readings) => accountCalled(core, readings))),
    callsPresent ? core.presentIn(conversation.conversationId, MOST_PRESENT) : undefined,
  ]);
  return { named: found.filter((user) => user !== undefined), everyone, here: present };
};
