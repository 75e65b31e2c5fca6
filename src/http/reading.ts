// Reads lists page by page for one request: pauses before each page, stops when the client has gone, and waits for the
// user's turn after the first few pages.

import { HttpFailure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import type { Turns } from './turns.ts';

/** Pages that a request reads without waiting for a turn: short lists never wait for a long one. */
const FREE_PAGES = 8;

export interface Reading {
  /** Has the request read more than the free pages? */
  readonly isLong: boolean;
  /** Calls `listener` before the request waits for its turn: it should release what it has read so far. */
  onLong(listener: () => void): void;
  /**
   * Waits for the turn now: for a list that is known to be long and cannot be refused once it has begun. @throws as
   * `page`
   */
  turn(): Promise<void>;
  /**
   * Reads one page. @throws Busy when the turn does not come; HttpFailure `request-aborted` when the client has gone.
   */
  page<T>(read: () => Promise<T>): Promise<T>;
}

/** `over` aborts when the answer has left or the client has gone; that ends the turn of `key`. */
export const createReading = (turns: Turns, key: string, over: AbortSignal): Reading => {
  const listeners: (() => void)[] = [];
  let pages = 0;
  let taking: Promise<void> | undefined;

  const takeTurn = async (): Promise<void> => {
    for (const listener of listeners) listener();
    const end = await turns.take(key, over);
    if (over.aborted) end();
    else over.addEventListener('abort', end, { once: true });
  };

  const turn = (): Promise<void> => {
    taking ??= takeTurn();
    return taking;
  };

  return {
    get isLong() {
      return taking !== undefined;
    },
    onLong: (listener) => void listeners.push(listener),
    turn,
    page: async (read) => {
      await turns.breathe();
      over.throwIfAborted();
      pages++;
      if (pages > FREE_PAGES) await turn();
      over.throwIfAborted();
      return read();
    },
  };
};

/** The reading of the current request. Requests without a signed-in user share one turn, apart from everyone else's. */
export const readingOf = ({ turns }: Pick<Services, 'turns'>, ctx: Context): Reading => {
  const over = new AbortController();
  const end = (): void => over.abort(new HttpFailure('request-aborted'));
  if (ctx.res.destroyed) end();
  else ctx.res.once('close', end);
  return createReading(turns, ctx.state.identity?.user.userId ?? ctx.state.requestId, over.signal);
};
