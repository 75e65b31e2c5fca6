// What every event store asks of a page and of an append.

import {
  APPEND_LIMITS,
  charsOf,
  Hidden,
  isLastPage,
  type NewEvent,
  PAGE_CHARS,
  type Recorded,
  type StreamRange,
} from '../ports.ts';

const PAGE_LIMITS = { default: 1000, most: 5000 } as const;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The number of events of a page. @throws RangeError `limit` is not a whole number from 1 to `PAGE_LIMITS.most`. */
export const checkLimit = (limit: number = PAGE_LIMITS.default): number => {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMITS.most) return limit;
  throw new RangeError(`a limit of ${limit} is not between 1 and ${PAGE_LIMITS.most}`);
};

/** An empty page for `limit` events and PAGE_CHARS at most. `add` tells whether more fits. */
export const openPage = (limit: number) => {
  const events: Recorded[] = [];
  let chars = 0;
  const isFull = (): boolean => events.length >= limit || chars >= PAGE_CHARS;
  const add = (event: Recorded): boolean => {
    events.push(event);
    chars += charsOf(event);
    return !isFull();
  };
  return { events, isFull, add };
};

/** A page of the first of `events`. Reads no more of them than fit. */
export const takePage = (events: Iterable<Recorded>, limit: number): readonly Recorded[] => {
  const page = openPage(limit);
  for (const event of events) if (!page.add(event)) break;
  return page.events;
};

/**
 * The page of one stream, unless an event is missing in it or before it. `limit`: the number of events asked for.
 * @throws Hidden
 */
export const wholePage = (
  stream: string,
  page: readonly Recorded[],
  { from, backwards = false }: StreamRange,
  limit: number,
): readonly Recorded[] => {
  const step = backwards ? -1 : 1;
  let next = backwards ? (page[0]?.revision ?? -1) : (from ?? 0);
  for (const { revision } of page) {
    if (revision !== next) throw new Hidden(stream, next);
    next += step;
  }
  // Backwards, only a full page may end before the first event.
  if (backwards && next >= 0 && isLastPage(page, limit)) throw new Hidden(stream, next);
  return page;
};

/**
 * Checks the events of one append.
 * @throws RangeError none, more than `APPEND_LIMITS.events`, or together longer than `APPEND_LIMITS.bytes`.
 * @throws TypeError an id is not a UUID in lower case.
 */
export const checkAppend = (events: readonly NewEvent[]): void => {
  if (events.length === 0) throw new RangeError('an append needs an event');
  if (events.length > APPEND_LIMITS.events)
    throw new RangeError(`${events.length} events in one append, ${APPEND_LIMITS.events} at most`);
  for (const { id } of events) if (!UUID.test(id)) throw new TypeError(`not a UUID in lower case: ${id.slice(0, 40)}`);
  const bytes = events.reduce((sum, { data, meta }) => sum + Buffer.byteLength(data) + Buffer.byteLength(meta), 0);
  if (bytes > APPEND_LIMITS.bytes) throw new RangeError(`an append is longer than ${APPEND_LIMITS.bytes} bytes`);
};
