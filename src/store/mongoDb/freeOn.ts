// How much room is left where MongoDB keeps its data.

import type { Db } from 'mongodb';
import type { BlobStore } from '../ports.ts';

/** Milliseconds between two questions: for its answer the server looks through its collections. */
const EVERY = 10_000;

/** The answer is the last that the server gave: during an outage nobody waits for it. Some servers do not tell. */
export const freeOn = (db: Db): BlobStore['free'] => {
  let free: number | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = async (): Promise<void> => {
    const { fsTotalSize, fsUsedSize } = (await db.command({ dbStats: 1 })) as Partial<Record<string, unknown>>;
    const isTold = typeof fsTotalSize === 'number' && typeof fsUsedSize === 'number' && fsTotalSize > 0;
    free = isTold ? Math.max(0, fsTotalSize - fsUsedSize) : undefined;
  };
  return async () => {
    if (performance.now() - askedAt >= EVERY) {
      askedAt = performance.now();
      void ask().catch(() => undefined);
    }
    return free;
  };
};
