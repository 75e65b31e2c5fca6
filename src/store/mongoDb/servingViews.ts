// What this process knows of the views that serve: read from the database, by all who ask at once with one read.

import { setTimeout as delay } from 'node:timers/promises';
import { askTogether } from '../shared/askTogether.ts';
import type { Serving } from './generations.ts';

/** How often a process that nobody asks looks whether other views began to serve. */
const LOOK_MS = 400;

export interface ServingViews {
  /** As last seen. */
  known(): Serving;
  /** Milliseconds since `known` was certainly true. */
  age(): number;
  /** Reads it again, after the call. */
  read(): Promise<Serving>;
  /** Calls `listener` after another generation was seen to serve. */
  onSwitch(listener: () => void): void;
  close(): void;
}

/** `look` reads from the database; `first` was read just now. Failures of looks nobody asked for go to `onError`. */
export function watchServing(
  first: Serving,
  look: () => Promise<Serving>,
  onError: (error: unknown) => void,
): ServingViews {
  let known = first;
  let seenAt = performance.now();
  const listeners: (() => void)[] = [];
  const closing = new AbortController();

  const take = (seen: Serving, at: number) => {
    const switched = seen.generation !== known.generation;
    known = seen;
    seenAt = at;
    if (switched) for (const listener of listeners) listener();
  };

  const read = askTogether(async (): Promise<Serving> => {
    const at = performance.now();
    const seen = await look();
    take(seen, at);
    return seen;
  });

  void lookAgainAndAgain();
  async function lookAgainAndAgain(): Promise<void> {
    for (;;) {
      await delay(LOOK_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      if (closing.signal.aborted) return;
      if (performance.now() - seenAt < LOOK_MS) continue;
      await read().catch((error: unknown) => {
        if (!closing.signal.aborted) onError(error);
      });
    }
  }

  return {
    known: () => known,
    age: () => performance.now() - seenAt,
    read: () => read(),
    onSwitch: (listener) => void listeners.push(listener),
    close: () => closing.abort(),
  };
}
