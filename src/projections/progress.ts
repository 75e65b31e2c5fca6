// How far the views have come, and waiting for them to come further: the way everybody reads their own writes.

export interface Progress {
  /** The views have taken everything up to here. */
  readonly position: number;
  advance(position: number): void;
  /** True once the views have taken `position`; false after `timeout` milliseconds. */
  reached(position: number, timeout: number): Promise<boolean>;
}

interface Waiter {
  readonly position: number;
  readonly done: () => void;
}

/**
 * `poll`, where another process projects: asks the view store how far it is, each `interval` milliseconds and only
 * while somebody waits.
 */
export const createProgress = (poll?: { checkpoint: () => Promise<number>; interval: number }): Progress => {
  let position = 0;
  let waiters: Waiter[] = [];
  let polling = false;

  const advance = (to: number): void => {
    position = to;
    if (waiters.length === 0) return;
    const ready = waiters.filter((waiter) => waiter.position <= to);
    if (ready.length === 0) return;
    waiters = waiters.filter((waiter) => waiter.position > to);
    for (const { done } of ready) done();
  };

  const pollWhileWaiting = async (): Promise<void> => {
    if (poll === undefined || polling) return;
    polling = true;
    while (waiters.length > 0) {
      // A view store that is away is asked again: who waits gives up by their own time-out.
      const at = await poll.checkpoint().catch(() => position);
      if (at !== position) advance(at);
      if (waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, poll.interval));
    }
    polling = false;
  };

  return {
    get position() {
      return position;
    },
    advance,
    reached: (wanted, timeout) => {
      if (wanted <= position) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiters = waiters.filter((waiter) => waiter !== own);
          resolve(false);
        }, timeout);
        const own = {
          position: wanted,
          done: () => {
            clearTimeout(timer);
            resolve(true);
          },
        };
        waiters.push(own);
        void pollWhileWaiting();
      });
    },
  };
};
