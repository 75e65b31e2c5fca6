// The accounts of the people in another chat's logs. A person may go by several nicknames.

import { ZodError } from 'zod';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { Refused } from '../domain/refused.ts';
import { asOneLine, beginning } from '../domain/texts.ts';
import { isActive, type User, users } from '../domain/user.ts';
import type { Core } from './core.ts';
import type { ImportedLine } from './importedMessages.ts';
import { registerUser } from './registerUser.ts';

/** IRC counts these as one letter in two cases (RFC 2812, 2.2). */
const SCANDINAVIAN: Readonly<Record<string, string>> = { '{': '[', '}': ']', '|': '\\', '^': '~' };

const keyOf = (nick: string): string => nick.toLowerCase().replace(/[{}|^]/g, (sign) => SCANDINAVIAN[sign]!);

/**
 * The person behind each line. A nickname belongs to whom it was first seen with, and a new one to the person who takes
 * it: somebody who takes the known nickname of another person writes as that one, as readers of the log saw it too.
 */
export const followNicks = () => {
  const known = new Map<string, string>();
  const personOf = (nick: string, otherwise: string): string => {
    const key = keyOf(nick);
    const person = known.get(key) ?? otherwise;
    known.set(key, person);
    return person;
  };
  return (line: ImportedLine): string => {
    const person = personOf(line.nick, line.nick);
    if (line.kind === 'renamed') personOf(line.to, person);
    return person;
  };
};

/** `onMade`: called for each account that did not exist. */
export const importedPeople = (core: Core, source: string, onMade: () => void) => {
  const found = new Map<string, User>();

  /**
   * As the nickname, or, where it is taken or cannot be a username, the same other one every time. @returns whether it was made:
   * another import may make it at the same moment
   */
  const register = async (userId: string, nick: string, correlationId: string): Promise<boolean> => {
    const mark = `${source}-${userId.slice(0, 8)}`;
    const firstName = beginning(asOneLine(nick), LIMITS.firstName);
    for (const username of [nick, `${nick}~${mark}`, mark])
      try {
        await registerUser(core, { actorId: null, address: null, correlationId }, { userId, username, firstName });
        return true;
      } catch (error) {
        const isRefused = error instanceof Refused || error instanceof ZodError;
        if (isRefused && (await core.ledger.load(users, userId)).status !== 'unknown') return false;
        if (!isRefused || username === mark) throw error;
      }
    return false;
  };

  return {
    /**
     * Finds or makes the account. A person of the same name in another conversation of this source is the same one; an
     * account that was suspended or deleted since stays so, and another one takes its place.
     */
    meet: async (nick: string, correlationId: string): Promise<void> => {
      for (let nth = 0; !found.has(keyOf(nick)); nth++) {
        const userId = derivedId('import', source, core.pseudonym('nick', keyOf(nick)), ...(nth === 0 ? [] : [nth]));
        const isUnknown = (await core.ledger.load(users, userId)).status === 'unknown';
        if (isUnknown && (await register(userId, nick, correlationId))) onMade();
        const user = await core.ledger.load(users, userId);
        if (isActive(user)) found.set(keyOf(nick), user);
      }
    },
    has: (nick: string): boolean => found.has(keyOf(nick)),
    get: (nick: string): User => found.get(keyOf(nick))!,
  };
};
