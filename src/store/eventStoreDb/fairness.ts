// Turns among processes that append to one stream at once. The winner need not read again, so it could win every time: it
// pauses before its next append, so that others get a turn.

import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type Appended, Conflict, NO_STREAM, type Recorded } from '../ports.ts';

/** Time and chance. */
export interface Environment {
  /** Milliseconds that only ever rise: those of `performance.now()`. */
  readonly clock: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

const realEnvironment: Environment = {
  clock: () => performance.now(),
  random: Math.random,
  pause: (milliseconds) => delay(milliseconds, undefined, { ref: false }),
};

/** If another process appended in the last so many milliseconds, each append is followed by a pause. */
const SHARED_FOR = 500;
const LONGEST_PAUSE = 100;
/**
 * Nothing shows a process that always loses. So after this many milliseconds of appends a stream is left alone: sooner while
 * other processes append to the log, seldom while none is seen …
 */
const LONGEST_STREAK = { amongOthers: 300, alone: 1000 } as const;
/** … for so many times as long as an append takes, within these bounds in milliseconds. */
const ROOM = { appends: 5, atLeast: 50, atMost: 500 } as const;
/** Milliseconds without an append of another process, after which this process counts as alone with the log. */
const ALONE_AFTER = 2000;
const STREAMS = 10_000;

/** The appends of this process to one stream. Moments are those of `clock`. */
const newAppending = () => ({
  /** Of the last event appended. */
  revision: Infinity,
  /** Of the last event that an append was to have. */
  claimed: NO_STREAM,
  /** Milliseconds that the last append took. */
  took: 0,
  endedAt: Number.NEGATIVE_INFINITY,
  /** When another process was last known to append. */
  sharedAt: Number.NEGATIVE_INFINITY,
  /** The last append was a conflict. */
  hasLost: false,
  /** When the appends began that had hardly a pause between them. */
  streakBegan: Number.NEGATIVE_INFINITY,
});

type Appending = ReturnType<typeof newAppending>;

/**
 * `inTurn` runs `append`, which expects the revision `expected` and has `count` events, when it is the turn of this process.
 * `saw` is told each event that comes into the log.
 */
export const takeTurns = ({ clock, random, pause }: Environment = realEnvironment) => {
  // With `max` the cache would allocate its full size at once.
  const streams = new LRUCache<string, Appending>({
    maxSize: STREAMS,
    sizeCalculation: () => 1,
    memoMethod: newAppending,
  });
  /** When another process was last seen to append, to any stream. */
  let othersAt = Number.NEGATIVE_INFINITY;

  /** Milliseconds. The loser tries again at once. The winner cannot know how much slower the loser is: mostly little. */
  const pauseBefore = (known: Appending): number => {
    if (known.hasLost) return 0;
    const present = clock();
    if (present - known.sharedAt <= SHARED_FOR) return Math.min((known.took * 1.5) / random(), LONGEST_PAUSE);
    if (present - known.endedAt >= ROOM.atLeast) known.streakBegan = present;
    const isAlone = present - othersAt > ALONE_AFTER;
    if (present - known.streakBegan < LONGEST_STREAK[isAlone ? 'alone' : 'amongOthers']) return 0;
    const room = Math.min(Math.max(known.took * ROOM.appends, ROOM.atLeast), ROOM.atMost);
    known.streakBegan = present + room;
    return room;
  };

  const saw = ({ stream, revision }: Pick<Recorded, 'stream' | 'revision'>): void => {
    if (revision > (streams.peek(stream)?.claimed ?? NO_STREAM)) othersAt = clock();
  };

  const inTurn = async (
    stream: string,
    expected: number,
    count: number,
    append: () => Promise<Appended>,
  ): Promise<Appended> => {
    const known = streams.memo(stream);
    known.claimed = expected + count;
    if (expected > known.revision) known.sharedAt = clock();
    const milliseconds = pauseBefore(known);
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
  };
  return { inTurn, saw };
};
