// Reads lists page by page for one request: pauses before each page, stops when the client has gone, and waits for the
// user's turn after the first few pages.

import { HttpFailure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import type { Turns } from './turns.ts';

/** Pages that a request reads without waiting for a turn: short lists never wait for a long one. */
const FREE_PAGES = 8;

/** `over` aborts when the answer has left or the client has gone; that ends the turn of `key`. */
export const createReading = (turns: Turns, key: string, over: AbortSignal) => {
  const listeners: (() => void)[] = [];
  let pages = 0;
  let taking: Promise<void> | undefined;

  const takeTurn = async (): Promise<void> => {
    for (const listener of listeners) listener();
    const end = await turns.take(key, over);
    if (over.aborted) end();
    else over.addEventListener('abort', end, { once: true });
  };

  /**
   * Waits for the turn now: for a list that is known to be long and cannot be refused once it has begun. @throws as
   * `page`
   */
  const turn = (): Promise<void> => {
    taking ??= takeTurn();
    return taking;
  };

  return {
    turn,
    /** Has the request read more than the free pages? */
    get isLong(): boolean {
      return taking !== undefined;
    },
    /** Calls `listener` before the request waits for its turn: it should release what it has read so far. */
    onLong: (listener: () => void): void => void listeners.push(listener),
    /** Reads one page. @throws Busy when the turn does not come; HttpFailure `request-aborted` when the client has gone. */
    page: async <T>(read: () => Promise<T>): Promise<T> => {
      await turns.breathe();
      over.throwIfAborted();
      if (++pages > FREE_PAGES) await turn();
      over.throwIfAborted();
      return read();
    },
  };
};

export type Reading = ReturnType<typeof createReading>;

/** The reading of the current request. One without a signed-in user has a turn of its own. */
export const readingOf = ({ turns }: Pick<Services, 'turns'>, ctx: Context): Reading => {
  const over = new AbortController();
  const end = (): void => over.abort(new HttpFailure('request-aborted'));
  if (ctx.res.destroyed) end();
  else ctx.res.once('close', end);
  return createReading(turns, ctx.state.identity?.user.userId ?? ctx.state.requestId, over.signal);
};
