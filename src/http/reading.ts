// What one request reads of the views, page by page: with a pause before each page, never more once the client has gone,
// and beyond the first few pages only in the turn of its user.

import { HttpFailure } from '../api/failures.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import type { Turns } from './turns.ts';

/** Pages that a request reads without a turn: short lists never wait for a long one. */
const FREE_PAGES = 8;

export interface Reading {
  /** Whether more than the free pages were asked for. */
  readonly isLong: boolean;
  /** Calls `listener` before the request waits for its turn: it should not hold what it has read meanwhile. */
  onLong(listener: () => void): void;
  /** Waits for the turn now: for what is long by nature, and cannot be refused once it has begun. @throws as `page` */
  turn(): Promise<void>;
  /** Reads one page. @throws Busy when the turn does not come; HttpFailure `request-aborted` when the client has gone. */
  page<T>(read: () => Promise<T>): Promise<T>;
}

/** `over` aborts when the answer has left or the client has gone; the turn of `key` ends then. */
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

/** What the request in hand reads. Nobody else's list waits for a request that nobody has signed in for. */
export const readingOf = ({ turns }: Pick<Services, 'turns'>, ctx: Context): Reading => {
  const over = new AbortController();
  const end = (): void => over.abort(new HttpFailure('request-aborted'));
  if (ctx.res.destroyed) end();
  else ctx.res.once('close', end);
  return createReading(turns, ctx.state.identity?.user.userId ?? ctx.state.requestId, over.signal);
};
