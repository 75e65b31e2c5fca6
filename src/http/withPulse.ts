import { setTimeout as delay } from 'node:timers/promises';

/** Yields undefined whenever nothing has come for `milliseconds`. */
export async function* withPulse<T>(values: AsyncGenerator<T>, milliseconds: number): AsyncGenerator<T | undefined> {
  try {
    for (let next = values.next(); ; ) {
      // It may fail while the reader is busy with the line before.
      next.catch(() => undefined);
      const timer = new AbortController();
      const pulse = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
      const came = await Promise.race([next, pulse]);
      timer.abort();
      if (came?.done) return;
      yield came?.value;
      if (came !== undefined) next = values.next();
    }
  } finally {
    // The follower ends with its signal; nobody waits for it.
    void values.return(undefined).catch(() => undefined);
  }
}
