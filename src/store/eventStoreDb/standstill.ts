// Whether everybody who follows the log receives what comes.

import type { Unavailable } from '../ports.ts';

export type Standstill = ReturnType<typeof createStandstill>;

/** `tell` gets each failure of a follower, and undefined once no follower fails any more. */
export const createStandstill = (tell: (failure: Unavailable | undefined) => void) => {
  const failing = new Set<object>();
  return {
    fails(follower: object, failure: Unavailable): void {
      failing.add(follower);
      tell(failure);
    },
    /** The follower receives again, or has ended. */
    ends(follower: object): void {
      if (failing.delete(follower) && failing.size === 0) tell(undefined);
    },
  };
};
