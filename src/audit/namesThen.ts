// The names of people as they were at some place in the log.

import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { decode } from '../domain/codec.ts';
import { Unreadable } from '../domain/envelope.ts';
import { streams } from '../domain/streams.ts';
import { type User, users } from '../domain/user.ts';
import { type EventReader, Hidden, type History, isLastPage } from '../store/ports.ts';

export interface NameThen {
  /**
   * How the account chose to be called, else the full name, else the username, else the e-mail address. Null: the account had
   * none, or was erased.
   */
  readonly name: string | null;
  readonly username: string | null;
  /** The account was deleted by then: these are its last names. */
  readonly deleted?: true;
  /** Since then, the person was erased. */
  readonly erased?: true;
}

interface Account {
  /** From its position on, the account had the name. */
  readonly names: readonly { readonly position: number; readonly then: NameThen }[];
  readonly nextRevision: number;
  /** The names are known up to this position. */
  upTo: number;
}

const PAGE = 500;
/** Streams read at once. */
const AT_ONCE = 16;
/** Characters of names in memory, and those that an account costs beside its own. */
const [CHARS, KEEPING] = [4_000_000, 200];

const naming = new Set([
  'UserRegistered',
  'ProfileChanged',
  'DisplayNameChanged',
  'UsernameChanged',
  'EmailChanged',
  'UserDeleted',
]);

const nameOf = ({ displayName, profile: { firstName, lastName }, names: { username, email } }: User): NameThen => ({
  name: displayName || [firstName, lastName].filter((part) => part !== '').join(' ') || username || email,
  username,
});

const nobody = { name: null, username: null, erased: true } as const;

const withoutName = ({ position, then: before }: Account['names'][number]): Account['names'][number] => {
  const then = { ...before, ...nobody };
  return { position, then };
};

const sizeOf = ({ names }: Account): number =>
  names.reduce((sum, { then }) => sum + KEEPING + (then.name?.length ?? 0) + (then.username?.length ?? 0), KEEPING);

export type NamesThen = ReturnType<typeof createNamesThen>;

/**
 * Reads the stream of each account once, and again only if the account has changed. Forgets all names when something is
 * erased.
 */
export const createNamesThen = (
  events: Pick<EventReader, 'readStream' | 'head'> & Partial<Pick<History, 'forgotten'>>,
) => {
  let forgotten = 0;
  const accounts = new LRUCache<string, Account>({ maxSize: CHARS, sizeCalculation: sizeOf });

  const read = async (userId: string, upTo: number): Promise<Account> => {
    const names: Account['names'][number][] = [];
    let user = users.initial();
    // The keys may still be there, and a reader beside the server is not told when they are gone.
    let isErased = false;
    for (let nextRevision = 0; ; ) {
      const page = await events.readStream(streams.user(userId), { from: nextRevision, limit: PAGE });
      for (const event of page.filter(({ type }) => naming.has(type)).map(decode)) {
        const before = names.at(-1)?.then ?? { name: null, username: null };
        user = users.evolve(user, event, event);
        const isDeleted = event.type === 'UserDeleted';
        const then: NameThen = event.isClosed
          ? nobody
          : isDeleted || before.erased
            ? { ...before, ...(isDeleted && { deleted: true }) }
            : nameOf(user);
        // Most changes of a profile leave the name.
        if (!isDeepStrictEqual(then, names.at(-1)?.then)) names.push({ position: event.position, then });
      }
      isErased ||= page.some(({ type }) => type === 'PersonErased');
      nextRevision = (page.at(-1)?.revision ?? nextRevision - 1) + 1;
      if (isLastPage(page, PAGE)) return { names: isErased ? names.map(withoutName) : names, nextRevision, upTo };
    }
  };

  const isUnchanged = async (userId: string, { nextRevision }: Account): Promise<boolean> =>
    (await events.readStream(streams.user(userId), { from: nextRevision, limit: 1 })).length === 0;

  const learnt = async (userId: string, head: number): Promise<Account> => {
    const known = accounts.get(userId);
    try {
      if (known && (await isUnchanged(userId, known))) return Object.assign(known, { upTo: head });
      return await read(userId, head);
    } catch (error) {
      // One account that cannot be read hides no event.
      if (!(error instanceof Hidden || error instanceof Unreadable)) throw error;
      return { names: [], nextRevision: 0, upTo: head };
    }
  };

  return {
    /** The names at each of these places, in their order. Undefined: there was no such account, or nobody can read it. */
    at: async (
      places: readonly { readonly userId: string; readonly position: number }[],
    ): Promise<readonly (NameThen | undefined)[]> => {
      const times = events.forgotten?.() ?? 0;
      if (times !== forgotten) accounts.clear();
      forgotten = times;
      const isKnown = ({ userId, position }: (typeof places)[number]): boolean =>
        (accounts.get(userId)?.upTo ?? -1) >= position;
      const unknown = [...new Set(places.filter((place) => !isKnown(place)).map(({ userId }) => userId))];
      const found = new Map<string, Account>();
      for (const { userId } of places) if (!unknown.includes(userId)) found.set(userId, accounts.get(userId)!);
      if (unknown.length > 0) {
        const head = await events.head();
        for (let i = 0; i < unknown.length; i += AT_ONCE)
          await Promise.all(
            unknown.slice(i, i + AT_ONCE).map(async (userId) => {
              const account = await learnt(userId, head);
              // One with very many names is not remembered.
              accounts.set(userId, account);
              found.set(userId, account);
            }),
          );
      }
      return places.map(
        ({ userId, position }) => found.get(userId)?.names.findLast((name) => name.position <= position)?.then,
      );
    },
  };
};
