// Answers with lists in them: bounded in bytes, and written piece by piece as fast as the client reads.
//
// The first pass goes from the newest item backwards, until the list ends or its bytes are spent, and finds where the
// answer begins: the oldest items are left out, whatever the order of the list. A short list is held and answered at once.
// A long list is not held, but read a second time while it is written.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import { Listing, pagesOf } from './listing.ts';
import { type Reading, readingOf } from './reading.ts';

/** Characters that are written at once. */
const PIECE = 64 * 1024;

export interface Listed {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly content?: string | Readable;
}

/** Compact JSON. Two line separators are escaped, which JavaScript of old took for ends of lines. */
export const compact = (body: unknown, replacer?: (key: string, value: unknown) => unknown): string =>
  JSON.stringify(body, replacer).replace(/[\u2028\u2029]/g, (char) => (char === '\u2028' ? '\\u2028' : '\\u2029'));

/** Where a list begins and ends, by places; no places: it is empty. */
interface Measured {
  readonly listing: Listing;
  bytes: number;
  first?: number;
  last?: number;
  /** Older items had no room. */
  isCut: boolean;
  /** The items as JSON, the newest first. Undefined: it is a long list. */
  held: string[] | undefined;
}

const measure = async (listing: Listing, reading: Reading, budget: number): Promise<Measured> => {
  const found: Measured = { listing, bytes: 0, isCut: false, held: reading.isLong ? undefined : [] };
  reading.onLong(() => {
    found.held = undefined;
  });
  for await (const { items, more } of pagesOf(reading, listing.paged, { descending: true })) {
    const shown = await listing.show(items, reading);
    for (const [i, item] of items.entries()) {
      const text = shown[i] === undefined ? undefined : compact(shown[i]);
      // A comma comes with each.
      const bytes = found.bytes + (text === undefined ? 0 : Buffer.byteLength(text) + 1);
      found.isCut = bytes > budget;
      if (found.isCut) return found;
      found.bytes = bytes;
      found.last ??= listing.paged.placeOf(item);
      found.first = listing.paged.placeOf(item);
      if (text !== undefined) found.held?.push(text);
    }
    if (items.length === 0) found.isCut = more;
  }
  return found;
};

/** Each may have an equal part of what those before it left; a main list comes last, and has all that is left. */
const measureAll = async (
  listings: readonly Listing[],
  reading: Reading,
  budget: number,
): Promise<readonly Measured[]> => {
  const found = new Map<Listing, Measured>();
  let left = budget;
  for (const listing of listings.toSorted((one, other) => Number(one.isMain) - Number(other.isMain))) {
    const measured = await measure(listing, reading, Math.floor(left / (listings.length - found.size)));
    found.set(listing, measured);
    left -= measured.bytes;
  }
  return listings.map((listing) => found.get(listing)!);
};

const heldText = ({ listing, held }: Measured): string =>
  `[${(listing.isNewestFirst ? held! : held!.toReversed()).join(',')}]`;

async function* textOf({ listing, first, last }: Measured, reading: Reading): AsyncGenerator<string, void> {
  let piece = '[';
  let isFirst = true;
  const range = { after: first! - 1, before: last! + 1, descending: listing.isNewestFirst };
  if (first !== undefined)
    for await (const { items } of pagesOf(reading, listing.paged, range))
      for (const shown of await listing.show(items, reading)) {
        if (shown === undefined) continue;
        piece += (isFirst ? '' : ',') + compact(shown);
        isFirst = false;
        if (piece.length < PIECE) continue;
        yield piece;
        piece = '';
      }
  yield `${piece}]`;
}

async function* piecesOf(
  between: readonly string[],
  lists: readonly Measured[],
  reading: Reading,
): AsyncGenerator<string, void> {
  yield between[0]!;
  for (const [i, list] of lists.entries()) {
    yield* textOf(list, reading);
    yield between[i + 1]!;
  }
}

/**
 * Answers 200 with `body`, in which a `Listing` may stand in place of any list. Its lists share `MAX_LIST` bytes;
 * `X-Truncated: oldest` says that one had no room for its oldest items. What fails once the answer has begun breaks the
 * connection off. @throws Busy while the user reads other long lists
 */
export const listed = async (
  { services, ctx }: { readonly services: Services; readonly ctx: Context },
  body: unknown,
): Promise<Listed> => {
  const listings: Listing[] = [];
  const mark = randomUUID();
  const between = compact(body, (_, value: unknown) => {
    if (!(value instanceof Listing)) return value;
    listings.push(value);
    return mark;
  }).split(JSON.stringify(mark));

  const reading = readingOf(services, ctx);
  const lists = await measureAll(listings, reading, services.config.MAX_LIST);

  const isCut = lists.some((list) => list.isCut);
  const headers = { 'Content-Type': 'application/json', ...(isCut ? { 'X-Truncated': 'oldest' } : {}) };
  if (!reading.isLong)
    return {
      status: 200,
      headers,
      content: between.map((text, i) => text + (lists[i] ? heldText(lists[i]) : '')).join(''),
    };
  if (ctx.method === 'HEAD') return { status: 200, headers };
  // One piece ahead of the client, not sixteen.
  const content = Readable.from(piecesOf(between, lists, reading), { objectMode: true, highWaterMark: 1 });
  return { status: 200, headers, content };
};
