// How much room is left where MongoDB keeps its data.

import type { Db } from 'mongodb';
import type { BlobStore } from '../ports.ts';

/** Milliseconds between two questions: for its answer the server looks through its collections. */
const EVERY = 10_000;
/** Between two questions that failed, at most. */
const MOST = 60 * EVERY;

/**
 * The answer is the last that the server gave: during an outage nobody waits for it. Some servers do not tell, and a server
 * may take longer for the answer than a call may last, so those are asked never again, or ever more seldom.
 */
export const freeOn = (db: Db, now = () => performance.now()): BlobStore['free'] => {
  let free: number | undefined;
  let next = Number.NEGATIVE_INFINITY;
  let pause = EVERY;
  const ask = async (): Promise<void> => {
    const { fsTotalSize, fsUsedSize } = (await db.command({ dbStats: 1 })) as Partial<Record<string, unknown>>;
    const isTold = typeof fsTotalSize === 'number' && typeof fsUsedSize === 'number' && fsTotalSize > 0;
    free = isTold ? Math.max(0, fsTotalSize - fsUsedSize) : undefined;
    pause = isTold ? EVERY : Number.POSITIVE_INFINITY;
  };
  const askLater = async (): Promise<void> => {
    await ask().catch(() => {
      pause = Math.min(pause * 2, MOST);
    });
    next = now() + pause;
  };
  return async () => {
    if (now() >= next) {
      // Until there is an answer.
      next = Number.POSITIVE_INFINITY;
      void askLater();
    }
    return free;
  };
};
