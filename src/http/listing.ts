// Lists that an API answers without pages. The server reads them from the views page by page and never holds them whole.

import type { Page, Slice } from '../projections/queries.ts';
import type { Reading } from './reading.ts';

/** Documents of one page at most. A page is bounded in bytes by itself. */
const PAGE = 100;
/** Keys of a sorted list at most. */
const KEYS = 10_000;

/** A list that has pages by place: a whole number of each item, rising from the oldest to the newest. */
export interface Paged<T> {
  readonly find: (page: Page, reading: Reading) => Promise<Slice<T>>;
  readonly placeOf: (item: T) => number;
  /** Items of one page at most, where they are large when shown. */
  readonly limit?: number;
}

/** The pages of a list in one direction. If the last page is empty and has `more`, the rest cannot be read. */
export async function* pagesOf<T>(
  reading: Reading,
  { find, placeOf, limit = PAGE }: Paged<T>,
  range: Pick<Page, 'after' | 'before' | 'descending'> = {},
): AsyncGenerator<Slice<T>, void> {
  let from = range;
  for (;;) {
    const slice = await reading.page(() => find({ ...from, limit }, reading));
    yield slice;
    const last = slice.items.at(-1);
    if (!slice.more || last === undefined) return;
    from = { ...range, [range.descending ? 'before' : 'after']: placeOf(last) };
  }
}

/** One list in an answer. */
export class Listing<T = unknown> {
  readonly paged: Paged<T>;
  /** What each item of a page looks like, in the same order; undefined leaves the item out. */
  readonly show: (items: readonly T[], reading: Reading) => Promise<readonly unknown[]>;
  readonly isNewestFirst: boolean;
  /** It gets the bytes that the other lists of its answer leave. */
  readonly isMain: boolean;

  constructor(paged: Paged<T>, show: Listing<T>['show'], { isNewestFirst = false, isMain = false } = {}) {
    this.paged = paged;
    this.show = show;
    this.isNewestFirst = isNewestFirst;
    this.isMain = isMain;
  }
}

/** Keys of the items of a list that no index has in its order; the oldest first. */
export interface Keys<K> {
  readonly keys: readonly K[];
  /** There are older ones. */
  readonly isCut: boolean;
}

/** A key of each item, the newest `most` of them, the oldest first. `keyOf`: undefined skips an item. */
export const keysIn = async <T, K>(
  reading: Reading,
  paged: Paged<T>,
  keyOf: (item: T) => K | undefined,
  most: number = KEYS,
): Promise<Keys<K>> => {
  const keys: K[] = [];
  for await (const { items, more } of pagesOf(reading, paged, { descending: true }))
    for (const [i, item] of items.entries()) {
      const key = keyOf(item);
      if (key !== undefined) keys.push(key);
      if (keys.length >= most) return { keys: keys.toReversed(), isCut: more || i < items.length - 1 };
    }
  return { keys: keys.toReversed(), isCut: false };
};

/** Keys of several lists as one, in `order`, or else one list after the other. */
export const joinKeys = <K>(lists: readonly Keys<K>[], order?: (one: K, other: K) => number): Keys<K> => {
  const joined = lists.flatMap(({ keys }) => keys);
  const keys = (order ? joined.toSorted(order) : joined).slice(-KEYS);
  return { keys, isCut: keys.length < joined.length || lists.some(({ isCut }) => isCut) };
};

/** A list in an order that no index has. Only the keys of its items are in memory; `show` reads and presents the items. */
export const sortedListing = <K>(
  find: (reading: Reading) => Promise<Keys<K>>,
  show: (keys: readonly K[]) => Promise<readonly unknown[]>,
  limit: number = PAGE,
) => {
  let finding: Promise<Keys<K>> | undefined;
  const slice = async ({ after = -1, before, descending = false, limit }: Page, reading: Reading) => {
    finding ??= find(reading);
    const { keys, isCut } = await finding;
    const [first, end] = [after + 1, before ?? keys.length];
    const [from, to] = descending ? [Math.max(first, end - limit), end] : [first, Math.min(first + limit, end)];
    const items = keys.slice(from, to).map((key, i) => ({ at: from + i, key }));
    if (descending) return { items: items.toReversed(), more: from > first || isCut };
    return { items, more: to < end };
  };
  return new Listing({ find: slice, placeOf: ({ at }) => at, limit }, (items) => show(items.map(({ key }) => key)));
};
