// How far the views have come, and waiting for them to come further: the way everybody reads their own writes.

export interface Progress {
  /** The views have taken everything up to here. */
  readonly position: number;
  /** The views do not answer, or stand still for good: until they `advance` again nobody waits for them. */
  readonly isAway: boolean;
  advance(position: number): void;
  lost(): void;
  /** Nobody here brings the views any further: nobody waits for them, unless somebody else does bring them further. */
  halted(): void;
  /** True once the views have taken `position`; false after `timeout` milliseconds, or when they are away. */
  reached(position: number, timeout: number): Promise<boolean>;
}

interface Waiter {
  readonly position: number;
  readonly done: (reached: boolean) => void;
}

/**
 * `poll`, where another process projects: asks the view store how far it is, each `interval` milliseconds and only
 * while somebody waits.
 */
export const createProgress = (poll?: { checkpoint: () => Promise<number>; interval: number }): Progress => {
  let position = 0;
  let waiters: Waiter[] = [];
  let polling = false;
  let isAway = false;
  let isHalted = false;

  const advance = (to: number): void => {
    if (to > position) isHalted = false;
    position = to;
    isAway = false;
    if (waiters.length === 0) return;
    const ready = waiters.filter((waiter) => waiter.position <= to);
    if (ready.length === 0) return;
    waiters = waiters.filter((waiter) => waiter.position > to);
    for (const { done } of ready) done(true);
  };

  const giveUp = (): void => {
    for (const { done } of waiters.splice(0)) done(false);
  };

  const lost = (): void => {
    isAway = true;
    giveUp();
  };

  const pollWhileWaiting = async (): Promise<void> => {
    if (poll === undefined || polling) return;
    polling = true;
    while (waiters.length > 0) {
      try {
        const at = await poll.checkpoint();
        // What was asked before this process got further itself may be answered after that.
        if (at > position) advance(at);
      } catch {
        lost();
      }
      if (waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, poll.interval));
    }
    polling = false;
  };

  return {
    get position() {
      return position;
    },
    get isAway() {
      return isAway || isHalted;
    },
    advance,
    lost,
    halted: () => {
      isHalted = true;
      giveUp();
    },
    reached: (wanted, timeout) => {
      if (wanted <= position) return Promise.resolve(true);
      if (isAway || isHalted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiters = waiters.filter((waiter) => waiter !== own);
          resolve(false);
        }, timeout);
        const own = {
          position: wanted,
          done: (reached: boolean) => {
            clearTimeout(timer);
            resolve(reached);
          },
        };
        waiters.push(own);
        void pollWhileWaiting();
      });
    },
  };
};
