// The names of people as they were at some place in the log.

import { LRUCache } from 'lru-cache';
import { Unreadable } from '../domain/envelope.ts';
import { streams } from '../domain/streams.ts';
import { type EventReader, Hidden, type History } from '../store/ports.ts';
import { type Account, accountNames, type NameThen } from './accountNames.ts';

/** Streams read at once. */
const AT_ONCE = 16;
/** Characters of names in memory, and those that an account costs beside its own. */
const [CHARS, KEEPING] = [4_000_000, 200];

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

  const isUnchanged = async (userId: string, { nextRevision }: Account): Promise<boolean> =>
    (await events.readStream(streams.user(userId), { from: nextRevision, limit: 1 })).length === 0;

  const learnt = async (userId: string, head: number): Promise<Account> => {
    const known = accounts.get(userId);
    try {
      if (known && (await isUnchanged(userId, known))) return Object.assign(known, { upTo: head });
      return await accountNames(events, userId, head);
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
