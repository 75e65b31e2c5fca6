// The accounts of the people in another chat's logs. A person may go by several nicknames.

import { ZodError } from 'zod';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { Refused } from '../domain/refused.ts';
import { asOneLine } from '../domain/texts.ts';
import { type User, users } from '../domain/user.ts';
import type { Core } from './core.ts';
import type { ImportedLine } from './importedMessages.ts';
import { registerUser } from './registerUser.ts';

const keyOf = (nick: string): string => nick.toLowerCase();

/** The person behind each line, by the nickname under which they were first seen. */
export const followNicks = () => {
  const known = new Map<string, string>();
  const personOf = (nick: string): string => {
    const key = keyOf(nick);
    const person = known.get(key) ?? nick;
    known.set(key, person);
    return person;
  };
  return (line: ImportedLine): string => {
    const person = personOf(line.nick);
    if (line.kind === 'renamed') known.set(keyOf(line.to), person);
    return person;
  };
};

/** `onMade`: called for each account that did not exist. */
export const importedPeople = (core: Core, source: string, onMade: () => void) => {
  const found = new Map<string, User>();

  /** The nickname, or, where it is taken or cannot be a username, the same other one every time. */
  const register = async (userId: string, nick: string, correlationId: string): Promise<void> => {
    const mark = `${source}-${userId.slice(0, 8)}`;
    const firstName = [...asOneLine(nick)].slice(0, LIMITS.firstName).join('');
    const [last, ...others] = [mark, `${nick}~${mark}`, nick];
    for (const username of others.reverse())
      try {
        await registerUser(core, { actorId: null, address: null, correlationId }, { userId, username, firstName });
        return;
      } catch (error) {
        if (!(error instanceof Refused) && !(error instanceof ZodError)) throw error;
      }
    await registerUser(core, { actorId: null, address: null, correlationId }, { userId, username: last!, firstName });
  };

  return {
    /** Finds or makes the account. A person of the same name in another conversation of this source is the same one. */
    meet: async (nick: string, correlationId: string): Promise<void> => {
      const userId = derivedId('import', source, keyOf(nick));
      if ((await core.ledger.load(users, userId)).status === 'unknown') {
        await register(userId, nick, correlationId);
        onMade();
      }
      found.set(keyOf(nick), await core.ledger.load(users, userId));
    },
    has: (nick: string): boolean => found.has(keyOf(nick)),
    get: (nick: string): User => found.get(keyOf(nick))!,
  };
};
