// Where streams ended when they were last seen, by the live subscription or by a read.

import { LRUCache } from 'lru-cache';

const STREAMS = 100_000;

interface Known {
  /** The stream's last revision is not above it; -1: it is missing. */
  readonly revision: number;
  /** Every event of the stream up to this position of the log is counted in. */
  readonly position: number;
}

export class KnownRevisions {
  /** An event at or before this position may have been forgotten. */
  #forgotten = 0;
  readonly #known = new LRUCache<string, Known>({
    // With `max` the cache would allocate its full size at once.
    maxSize: STREAMS,
    sizeCalculation: () => 1,
    dispose: ({ position }, _stream, reason) => {
      if (reason === 'evict') this.#forgotten = Math.max(this.#forgotten, position);
    },
  });

  get(stream: string): number | undefined {
    return this.#known.get(stream)?.revision;
  }

  /** The live subscription received an event. */
  seen(stream: string, revision: number, position: number): void {
    this.#known.set(stream, { revision: Math.max(revision, this.#known.peek(stream)?.revision ?? -1), position });
  }

  /**
   * A read that began when the subscription was at `asOf`, and ended when it was at `now`, found the end of a stream.
   * What the subscription saw in between counts as well, unless it is forgotten already.
   */
  learned(stream: string, revision: number, asOf: number, now: number): void {
    if (asOf < this.#forgotten) return;
    this.seen(stream, revision, now);
  }
}
