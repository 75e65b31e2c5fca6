// Who is there at other processes, as they tell and repeat it. Those whom nobody repeats go, so that the people of a process
// that died do.

import type { PresenceState } from './states.ts';

/** Milliseconds between two looks at all accounts. */
const EXPIRE = 10_000;
/** Accounts that are remembered at most. */
const MOST = 200_000;

interface Seen {
  readonly state: PresenceState;
  readonly until: number;
}

/** `ttl`: milliseconds after which an account that nobody repeats is offline. */
export const createElsewhere = (clock: () => number, ttl: number) => {
  /** By account and process. */
  const seen = new Map<string, Map<string, Seen>>();
  let expireAt = Number.NEGATIVE_INFINITY;

  return {
    /** Of the account, one for each process. */
    statesOf: function* (userId: string): Generator<PresenceState, void> {
      for (const { state, until } of seen.get(userId)?.values() ?? []) if (until > clock()) yield state;
    },
    hear: (by: string, userId: string, state: PresenceState): void => {
      const known = seen.get(userId);
      const one = { state, until: clock() + ttl };
      if (state === 'offline') {
        known?.delete(by);
        if (known?.size === 0) seen.delete(userId);
      } else if (known !== undefined) known.set(by, one);
      else if (seen.size < MOST) seen.set(userId, new Map([[by, one]]));
    },
    /** Drops what nobody has repeated. @returns whose */
    expire: (): ReadonlySet<string> => {
      const gone = new Set<string>();
      if (clock() < expireAt) return gone;
      expireAt = clock() + EXPIRE;
      for (const [userId, processes] of seen) {
        for (const [by, { until }] of processes) {
          if (until > clock()) continue;
          processes.delete(by);
          gone.add(userId);
        }
        if (processes.size === 0) seen.delete(userId);
      }
      return gone;
    },
  };
};
