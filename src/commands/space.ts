// How many bytes an account may still store. The views know what its files take; this process adds what arrives now.

import { Refused } from '../domain/refused.ts';

export interface SpaceOptions {
  /** Bytes that the files of one account may take. */
  readonly quota: number;
  /**
   * What the files of the account take that were recorded before the call, by any process, and the position up to which
   * that is known.
   */
  readonly taken: (userId: string) => Promise<{ readonly bytes: number; readonly upTo: number }>;
}

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
  /** Of files that this process recorded since. */
  recorded: readonly { readonly position: number; readonly bytes: number }[];
  /** Of uploads under way in this process. */
  arriving: number;
  uploads: number;
}

export type Space = ReturnType<typeof createSpace>;

export const createSpace = ({ quota, taken }: SpaceOptions) => {
  const accounts = new Map<string, Account>();

  const sumOf = ({ taken, recorded, arriving }: Account): number =>
    recorded.reduce((sum, { bytes }) => sum + bytes, taken + arriving);

  return {
    /** Opens room for an upload. Uploads of one account in one process count against each other. */
    open: async (userId: string): Promise<Room> => {
      const account = accounts.get(userId) ?? { taken: 0, recorded: [], arriving: 0, uploads: 0 };
      accounts.set(userId, account);
      account.uploads += 1;
      let mine = 0;
      const end = (): void => {
        account.arriving -= mine;
        account.uploads -= 1;
        if (account.uploads === 0) accounts.delete(userId);
      };
      try {
        const { bytes, upTo } = await taken(userId);
        account.taken = bytes;
        account.recorded = account.recorded.filter(({ position }) => position > upTo);
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
