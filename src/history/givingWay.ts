// A read begins again when something is erased meanwhile. Somebody who erases one thing after the other must not keep reads from
// their end, so erasures wait for the reads that had to begin again.

import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that an erasure waits at most. */
const PATIENCE = 5000;

export const createGivingWay = (patience = PATIENCE) => {
  const disturbed = new Set<Promise<unknown>>();
  return {
    undisturbed: async <T>(read: () => Promise<T>): Promise<T> => {
      const reading = read();
      disturbed.add(reading);
      try {
        return await reading;
      } finally {
        disturbed.delete(reading);
      }
    },
    quiet: async (): Promise<void> => {
      if (disturbed.size === 0) return;
      const over = new AbortController();
      const late = delay(patience, undefined, { signal: over.signal }).catch(() => undefined);
      await Promise.race([Promise.allSettled(disturbed), late]);
      over.abort();
    },
  };
};
