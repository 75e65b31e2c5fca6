// Follows the log: from memory at its end, by pages of the node behind that, so that a slow reader costs nothing.

import type { Recorded } from '../ports.ts';
import type { Connection } from './connection.ts';
import type { Tail } from './tail.ts';

const BATCH = 1000;

export interface Following {
  readonly tail: Tail;
  readonly connection: Pick<Connection, 'pauseAfter'>;
  readonly readLog: (position: number, limit: number) => Promise<readonly Recorded[]>;
  /** Hears why pages could not be read. They are asked for again. */
  readonly onError: (error: unknown) => void;
}

/** As `follow` of the port. Never throws. */
export async function* followLog(
  { tail, connection, readLog, onError }: Following,
  position: number,
  over: AbortSignal,
): AsyncGenerator<readonly Recorded[], void> {
  const { recent } = tail;
  const aborted = new Promise<readonly Recorded[]>((resolve) => {
    over.addEventListener('abort', () => resolve([]), { once: true });
  });
  for (let at = position, failures = 0; !over.aborted; ) {
    const { floor } = recent;
    let batch = recent.after(at, BATCH);
    if (!batch) {
      try {
        batch = await Promise.race([readLog(at, BATCH), aborted]);
        failures = 0;
      } catch (error) {
        onError(error);
        await connection.pauseAfter(++failures, over);
        continue;
      }
      if (over.aborted) return;
    }
    const last = batch.at(-1);
    if (last) {
      at = last.position;
      yield batch;
    } else if (at >= floor || floor === Infinity) await tail.next(over);
    // Nothing was recorded up to where the recent events began: those come next.
    else at = floor;
  }
}
