import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Recorded } from '../ports.ts';
import type { RecentEvents } from './recentEvents.ts';

const BATCH = 1000;

/**
 * As `follow` of the port: reads `recent` at the end of the log, and pages of the store behind that, so that a slow reader
 * costs no memory. Throws what `readLog` throws.
 */
export async function* followLog(
  recent: RecentEvents,
  readLog: (position: number, limit: number) => Promise<readonly Recorded[]>,
  position: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Recorded[], void> {
  const isOver = () => signal.aborted || recent.hasEnded;
  const wake = () => recent.wake();
  signal.addEventListener('abort', wake, { once: true });
  try {
    for (let at = position; !isOver(); ) {
      const { floor } = recent;
      // Before the look: whatever comes during it wakes this follower.
      const news = recent.next();
      let batch = recent.after(at, BATCH);
      if (!batch) {
        // A follower with a long way to go must let others have their turns.
        await nextTurn();
        if (isOver()) return;
        batch = await readLog(at, BATCH);
        if (isOver()) return;
      }
      const last = batch.at(-1);
      if (last) {
        at = last.position;
        yield batch;
      } else if (at >= floor || floor === Infinity) await news;
      // Nothing was recorded up to where the recent events began: those come next.
      else at = floor;
    }
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
