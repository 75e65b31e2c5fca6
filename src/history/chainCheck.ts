// Checks the chains of all streams along the log, with the ends of so many streams in memory.

import { LRUCache } from 'lru-cache';
import { type EventReader, Hidden, type Recorded } from '../store/ports.ts';
import { hashIn, isChained, NO_HASH } from './chain.ts';

const ENDS = 20_000;

interface End {
  readonly revision: number;
  readonly hash: string;
}

const endOf = ({ revision, meta }: Recorded): End => ({ revision, hash: hashIn(meta) ?? NO_HASH });

const BEGINNING: End = { revision: -1, hash: NO_HASH };

/**
 * Takes the events of the log, one after the other, and says what is wrong with each. Undefined: nothing, or somebody hides
 * the event before it. The function throws Unavailable.
 */
export const createChainCheck = (events: Pick<EventReader, 'readStream'>) => {
  // With `max` the cache would allocate its full size at once.
  const ends = new LRUCache<string, End>({ maxSize: ENDS, sizeCalculation: () => 1 });

  const endBefore = async ({ stream, revision }: Recorded): Promise<End | undefined> => {
    const known = ends.get(stream);
    if (known !== undefined || revision === 0) return known ?? BEGINNING;
    const [before] = await events.readStream(stream, { from: revision - 1, limit: 1 });
    // Where all of a stream is hidden, it reads as if it had ended: only its end tells.
    if (!before) await events.readStream(stream, { backwards: true, limit: 1 });
    return before && endOf(before);
  };

  return async (event: Recorded): Promise<string | undefined> => {
    try {
      const before = await endBefore(event);
      if (before?.revision !== event.revision - 1) return 'the event before it in its stream is missing';
      return isChained(before.hash, event) ? undefined : 'it is not as it was recorded, or the event before it is not';
    } catch (error) {
      if (error instanceof Hidden) return undefined;
      throw error;
    } finally {
      ends.set(event.stream, endOf(event));
    }
  };
};
