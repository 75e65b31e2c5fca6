// Turns among processes that append to one stream at once. The winner need not read again, so it could win every time: it
// pauses before its next append, so that others get a turn.

import { LRUCache } from 'lru-cache';
import { type Appended, Conflict } from '../ports.ts';
import type { Environment } from './connection.ts';

/** The appends of this process to one stream. */
interface Appending {
  /** Of the last event appended. */
  revision: number;
  /** Milliseconds that the last append took. */
  took: number;
  endedAt: number;
  /** When another process was last known to append. */
  sharedAt: number;
  /** The last append was a conflict. */
  hasLost: boolean;
  /** Appends with hardly a pause between them. */
  inARow: number;
}

/** If another process appended in the last so many milliseconds, each append is followed by a pause. */
const SHARED_FOR = 500;
const LONGEST_PAUSE = 100;
/** After so many appends in a row the stream is left alone for `ROOM` milliseconds: a process that always loses is not heard of. */
const IN_A_ROW = 64;
const ROOM = 50;
const STREAMS = 10_000;

export class Fairness {
  readonly #environment: Environment;
  readonly #streams = new LRUCache<string, Appending>({ max: STREAMS });

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Runs `append`, which expects the revision `expected`, when it is the turn of this process. */
  async append(stream: string, expected: number, append: () => Promise<Appended>): Promise<Appended> {
    const { clock, pause } = this.#environment;
    const known = this.#streams.get(stream) ?? newAppending();
    this.#streams.set(stream, known);
    if (expected > known.revision) known.sharedAt = clock();
    const milliseconds = this.#pauseBefore(known);
    if (milliseconds > 0) await pause(milliseconds);
    const began = clock();
    try {
      const appended = await append();
      const endedAt = clock();
      Object.assign(known, { revision: appended.revision, took: endedAt - began, endedAt, hasLost: false });
      return appended;
    } catch (error) {
      if (error instanceof Conflict) Object.assign(known, { sharedAt: clock(), hasLost: true });
      // What was written is unknown.
      else known.revision = Infinity;
      throw error;
    }
  }

  /** Milliseconds. The loser tries again at once. How much slower than the winner it is, the winner cannot know: mostly little. */
  #pauseBefore(known: Appending): number {
    if (known.hasLost) return 0;
    const present = this.#environment.clock();
    if (present - known.sharedAt <= SHARED_FOR)
      return Math.min((known.took * 1.5) / this.#environment.random(), LONGEST_PAUSE);
    known.inARow = present - known.endedAt < ROOM ? known.inARow + 1 : 0;
    if (known.inARow < IN_A_ROW) return 0;
    known.inARow = 0;
    return ROOM;
  }
}

const newAppending = (): Appending => ({
  revision: Infinity,
  took: 0,
  endedAt: Number.NEGATIVE_INFINITY,
  sharedAt: Number.NEGATIVE_INFINITY,
  hasLost: false,
  inARow: 0,
});
