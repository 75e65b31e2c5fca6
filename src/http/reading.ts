// Reads lists page by page for one request: pauses before each page, stops when the client has gone, and waits for the
// user's turn after the first few pages. From then on it also stops when the user's sign-in ends: a slow client may take
// hours for a long list.

import type { Turns } from './turns.ts';

/** Pages that a request reads without waiting for a turn: short lists never wait for a long one. */
const FREE_PAGES = 8;

/**
 * `over` aborts when the answer has left or the client has gone; that ends the turn of `key`. `check`: called before each
 * page beyond the free ones. `address`: as of `take`.
 */
export const createReading = (
  turns: Turns,
  key: string,
  over: AbortSignal,
  check: () => Promise<void> = async () => undefined,
  address?: string,
) => {
  const listeners: (() => void)[] = [];
  let pages = 0;
  let taking: Promise<void> | undefined;
  let giveBack = (): void => undefined;

  const takeTurn = async (): Promise<void> => {
    for (const listener of listeners) listener();
    const end = await turns.take(key, over, address);
    giveBack = end;
    if (over.aborted) end();
    else over.addEventListener('abort', end, { once: true });
  };

  /** Waits for the turn now: for a long list, which cannot be refused once its answer has begun. @throws as `page` */
  const turn = (): Promise<void> => {
    taking ??= takeTurn();
    return taking;
  };

  return {
    turn,
    /** Gives the turn back before the answer has left: no further page is read, or only events are waited for. */
    rest: (): void => giveBack(),
    over,
    /** Has the request read more than the free pages? */
    get isLong(): boolean {
      return taking !== undefined;
    },
    /** Calls `listener` before the request waits for its turn: it should release what it has read so far. */
    onLong: (listener: () => void): void => void listeners.push(listener),
    /**
     * Reads one page. @throws Busy when the turn does not come; HttpFailure `request-aborted` when the client has gone; what
     * `check` throws.
     */
    page: async <T>(read: () => Promise<T>): Promise<T> => {
      await turns.breathe();
      over.throwIfAborted();
      if (++pages > FREE_PAGES) await turn().then(check);
      over.throwIfAborted();
      return read();
    },
  };
};

export type Reading = ReturnType<typeof createReading>;
