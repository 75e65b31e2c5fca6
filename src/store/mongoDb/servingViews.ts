// What this process knows of the views that serve. Callers that ask at once share one read of the database.

import { setTimeout as delay } from 'node:timers/promises';
import { askTogether } from '../shared/askTogether.ts';
import type { Serving } from './generations.ts';

/** How often an idle process looks whether other views serve now. */
const LOOK_MS = 400;

export type ServingViews = ReturnType<typeof watchServing>;

/** `look` reads from the database; `first` was read just now. Failures of looks that nobody asked for go to `onError`. */
export const watchServing = (first: Serving, look: () => Promise<Serving>, onError: (error: unknown) => void) => {
  let known = first;
  let seenAt = performance.now();
  const listeners: (() => void)[] = [];
  const closing = new AbortController();

  const read = askTogether(async (): Promise<Serving> => {
    const askedAt = performance.now();
    const seen = await look();
    // A backup of the database may have been restored.
    const isOther = seen.generation !== known.generation || seen.checkpoint < known.checkpoint;
    known = seen;
    seenAt = askedAt;
    if (isOther) for (const listener of listeners) listener();
    return seen;
  });

  const keepLooking = async (): Promise<void> => {
    for (;;) {
      await delay(LOOK_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      if (closing.signal.aborted) return;
      if (performance.now() - seenAt < LOOK_MS) continue;
      await read().catch((error: unknown) => {
        if (!closing.signal.aborted) onError(error);
      });
    }
  };
  void keepLooking();

  return {
    /** As last seen. */
    known: () => known,
    /** Milliseconds since `known` was certainly true. */
    age: () => performance.now() - seenAt,
    /** Reads it again, after the call. */
    read: () => read(),
    /** Calls `listener` when another generation was seen to serve, or the same one at an earlier place. */
    onSwitch: (listener: () => void) => void listeners.push(listener),
    close: () => closing.abort(),
  };
};
