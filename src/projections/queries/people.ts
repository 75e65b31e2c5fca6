// Queries about accounts.

import { may } from '../../domain/access.ts';
import { readerOf, server } from '../../domain/accessFacts.ts';
import { searchable } from '../../domain/names.ts';
import { firstPartWith, type NamePartDoc, searchedOf, userIdIn } from '../nameParts.ts';
import { accountOf, type UserDoc } from '../users.ts';
import type { Documents, Page, Slice } from './documents.ts';

interface Found {
  /** For the next page. */
  readonly place: string;
  readonly user: UserDoc | undefined;
}

/** A string that sorts directly before `key`. */
const before = (key: string): string => {
  const last = key.codePointAt(key.length - 1);
  return last === undefined || last === 0 ? '' : `${key.slice(0, -1)}${String.fromCodePoint(last - 1)}\u{10ffff}`;
};

export const peopleQueries = ({ one, first, find, slice, byIds }: Documents) => ({
  user: (userId: string) => one('users', userId),
  usersById: (ids: Iterable<string | null>) => byIds('users', ids),
  userNumbered: (number: number) => first('users', { number }, 'id'),
  /** Accounts in the order of their numbers. */
  users: (page: Page) => find('users', { deleted: false }, 'number', page),
  /** The first account that is an admin's. */
  anAdmin: async () => {
    for (let after = 0; ; ) {
      const { items, more } = await find('users', { deleted: false }, 'number', { after, limit: 200 });
      const admin = items.find((user) => may(readerOf(accountOf(user)), 'appoint', server));
      if (admin || !more || items.length === 0) return admin;
      after = items.at(-1)!.number;
    }
  },
  /** Accounts whose username begins with `prefix`, in the order of usernames; `after`: a `usernameKey`. */
  usersNamed: (prefix: string, limit: number, after?: string) => {
    const key = searchable(prefix);
    // Both bounds are exclusive.
    return slice('users', {
      where: { deleted: false },
      sort: 'usernameKey',
      after: after ?? before(key),
      before: `${key}\u{10ffff}`,
      limit,
    });
  },
  /**
   * Accounts that have every word of `text` somewhere in their public names. One page of name parts, with the account of each;
   * undefined: the account stands at another part, or lacks a word.
   */
  usersWith: async (text: string, limit: number, after?: string): Promise<Slice<Found>> => {
    const words = searchable(text).split(/\s+/u);
    const key = searchedOf(words.toSorted((one, other) => other.length - one.length)[0]!);
    const { items, more } = await slice('nameParts', {
      where: { isIn: true },
      sort: 'key',
      after: after ?? before(key),
      before: `${key}\u{10ffff}`,
      limit,
    });
    const users = await byIds('users', items.map(userIdIn));
    const hasAll = (user: UserDoc): boolean => {
      const names = [user.username ?? '', user.firstName, user.lastName].map(searchable);
      return words.every((word) => names.some((name) => name.includes(word)));
    };
    const found = (part: NamePartDoc): Found => {
      const { id, key: place } = part;
      const user = users.get(userIdIn(part));
      const isHere = user && firstPartWith(key, user.id, user) === id && hasAll(user);
      return { place, user: isHere ? user : undefined };
    };
    return { items: items.map(found), more };
  },
  userOfKey: (keyHash: string) => one('keys', keyHash),
});
