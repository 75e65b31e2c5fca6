// Queries about accounts.

import { may } from '../../domain/access.ts';
import { readerOf, server } from '../../domain/accessFacts.ts';
import { searchable } from '../../domain/names.ts';
import { firstPartWith, type NamePartDoc, searchedOf, userIdIn } from '../nameParts.ts';
import type { SeatsDoc } from '../seats.ts';
import { accountOf, type UserDoc } from '../users.ts';
import { type Documents, keptOf, type Page, type Slice } from './documents.ts';

interface Found {
  /** For the next page. */
  readonly place: string;
  readonly user: UserDoc | undefined;
}

/** Unicode calls it no character, so no key holds it. */
const LAST = '\u{10ffff}';

/** A string that sorts directly before `key`, by code points as the stores sort. Surrogates are none. */
const before = (key: string): string => {
  const last = [...key].at(-1);
  const code = last?.codePointAt(0) ?? 0;
  if (last === undefined || code === 0) return '';
  return `${key.slice(0, -last.length)}${String.fromCodePoint(code === 0xe000 ? 0xd7ff : code - 1)}${LAST}`;
};

/** The place behind which a page goes on: never one before the first `key`, which only the cursor of another list names. */
const behind = (after: string | undefined, key: string): string => {
  const first = before(key);
  return after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(first)) < 0 ? first : after;
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
      after: behind(after, key),
      before: `${key}${LAST}`,
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
      after: behind(after, key),
      before: `${key}\u{10ffff}`,
      limit,
    });
    const users = await byIds('users', items.map(userIdIn));
    const hasAll = (user: UserDoc): boolean => {
      const names = [user.username ?? '', user.firstName, user.lastName, user.displayName ?? ''].map(searchable);
      return words.every((word) => names.some((name) => name.includes(word)));
    };
    /** By account: where the first part is that begins so. Undefined: the account lacks a word. A page may have many parts of one. */
    const firsts = new Map<string, string | undefined>();
    for (const user of users.values())
      firsts.set(user.id, hasAll(user) ? firstPartWith(key, user.id, user) : undefined);
    const found = (part: NamePartDoc): Found => {
      const { id, key: place } = part;
      const userId = userIdIn(part);
      return { place, user: firsts.get(userId) === id ? users.get(userId) : undefined };
    };
    return { items: items.map(found), more };
  },
  /** Accounts of that standing that are members of some conversation, in the order of their numbers. */
  seated: (standing: SeatsDoc['standing'], page: Page) =>
    keptOf(
      page,
      (from) => find('seats', { standing }, 'number', from),
      ({ number }) => number,
      (found) => found.map(({ seats }) => seats > 0),
    ),
  userOfKey: (keyHash: string) => one('keys', keyHash),
});
