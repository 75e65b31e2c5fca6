// How many bytes an account may still store. The views know what its files take; this process adds what arrives now.

import { Refused } from '../domain/refused.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { type EventStore, Unavailable } from '../store/ports.ts';

export interface SpaceOptions {
  /** Bytes that the files of one account may take. */
  readonly quota: number;
  readonly events: Pick<EventStore, 'head'>;
  readonly queries: Pick<Queries, 'spaceOf'>;
  readonly progress: Pick<Progress, 'isAway' | 'position' | 'reached'>;
}

/** Milliseconds that an upload waits for the views, which know what its account has stored. */
const WAIT = 1000;

/** Room for one upload. */
export interface Room {
  /** The upload takes so many bytes by now. @throws Refused `quota-exceeded`: the account may not store so many */
  hold(bytes: number): void;
  /** The event of the file is recorded there. */
  recorded(position: number): void;
  /** The upload is over. */
  end(): void;
}

/** The uploads of one account. */
interface Account {
  /** Of files that the views know. */
  taken: number;
  /** The views know the files up to this position. */
  upTo: number;
  /** Files that this process recorded since. */
  recorded: readonly { readonly position: number; readonly bytes: number }[];
  /** Of uploads under way in this process. */
  arriving: number;
  uploads: number;
}

export type Space = ReturnType<typeof createSpace>;

export const createSpace = ({ quota, events, queries, progress }: SpaceOptions) => {
  const accounts = new Map<string, Account>();

  /**
   * What the files of the account take: those that any process recorded before the call, unless the views lag behind.
   * Undefined: the views are away, or are being built.
   */
  const known = async (userId: string): Promise<{ readonly bytes: number; readonly upTo: number } | undefined> => {
    if (progress.isAway) return undefined;
    await progress.reached(await events.head(), WAIT);
    const upTo = progress.position;
    try {
      return { bytes: await queries.spaceOf(userId), upTo };
    } catch (error) {
      if (error instanceof Unavailable) return undefined;
      throw error;
    }
  };

  /** Forgets each account that uploads nothing and whose files the views know. */
  const forgetAccounts = (): void => {
    for (const [userId, { uploads, recorded }] of accounts)
      if (uploads === 0 && recorded.every(({ position }) => position <= progress.position)) accounts.delete(userId);
  };

  const sumOf = ({ taken, recorded, arriving }: Account): number =>
    recorded.reduce((sum, { bytes }) => sum + bytes, taken + arriving);

  return {
    /** Opens room for an upload. Uploads of one account in one process count against each other. */
    open: async (userId: string): Promise<Room> => {
      const account = accounts.get(userId) ?? { taken: 0, upTo: 0, recorded: [], arriving: 0, uploads: 0 };
      accounts.set(userId, account);
      account.uploads += 1;
      let mine = 0;
      const end = (): void => {
        account.arriving -= mine;
        account.uploads -= 1;
        forgetAccounts();
      };
      try {
        const now = await known(userId);
        // An answer that was overtaken by a newer one knows less.
        if (now !== undefined && now.upTo >= account.upTo) {
          account.upTo = now.upTo;
          account.taken = now.bytes;
          account.recorded = account.recorded.filter(({ position }) => position > now.upTo);
        }
      } catch (error) {
        end();
        throw error;
      }
      return {
        hold: (bytes) => {
          const more = bytes - mine;
          if (sumOf(account) + more > quota) throw new Refused('quota-exceeded');
          account.arriving += more;
          mine = bytes;
        },
        recorded: (position) => {
          account.recorded = [...account.recorded, { position, bytes: mine }];
          account.arriving -= mine;
          mine = 0;
        },
        end,
      };
    },
  };
};
