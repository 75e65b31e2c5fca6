// Answers with lists in them: bounded in bytes, and written piece by piece as fast as the client reads.
//
// The first pass reads from the newest item backwards, until the list ends or its bytes are used up, and so finds the
// first item of the answer: it leaves out the oldest items in either order. A short list stays in memory and is answered at
// once. A long list does not: a second pass reads it again while it is written.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { untilErased } from '../commands/withoutErased.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import { Listing, pagesOf } from './listing.ts';
import type { Reading } from './reading.ts';
import { readingOf } from './readingOf.ts';

/** Characters of one write, about. */
const PIECE = 64 * 1024;

export interface Listed {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly content?: string | Readable;
}

/** Compact JSON. Escapes two line separators, which older JavaScript reads as ends of lines. */
export const compact = (body: unknown, replacer?: (key: string, value: unknown) => unknown): string =>
  JSON.stringify(body, replacer).replace(/[\u2028\u2029]/g, (char) => (char === '\u2028' ? '\\u2028' : '\\u2029'));

/** The places of the first and last item of the answer; no places: the list is empty. */
interface Measured {
  readonly listing: Listing;
  bytes: number;
  first?: number;
  last?: number;
  /** The answer has no room for older items. */
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
      // Each has a comma.
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

/** Each list gets an equal part of the bytes that those before it left; the main list, being last, gets all that is left. */
const measureAll = async (listings: readonly Listing[], reading: Reading, budget: number) => {
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

/**
 * Answers 200 with `body`, in which a `Listing` may stand in place of any list. Its lists share `MAX_LIST` bytes;
 * `X-Truncated: oldest` says that a list had no room for its oldest items. An error after the answer has begun closes the
 * connection, and so does an erasure: the client asks again. @throws Busy while the user reads other long lists
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

  const cut = lists.some(({ isCut }) => isCut) ? { 'X-Truncated': 'oldest' } : {};
  const answer = { status: 200, headers: { 'Content-Type': 'application/json', ...cut } } as const;
  const short = (text: string, i: number): string => text + (lists[i] ? heldText(lists[i]) : '');
  if (!reading.isLong) return { ...answer, content: between.map(short).join('') };
  if (ctx.method === 'HEAD') return answer;
  async function* pieces(): AsyncGenerator<string, void> {
    for (const [i, text] of between.entries()) {
      yield text;
      if (lists[i]) yield* textOf(lists[i], reading);
    }
  }
  // One piece ahead of the client, not sixteen.
  return {
    ...answer,
    content: Readable.from(untilErased(services.events, pieces()), { objectMode: true, highWaterMark: 1 }),
  };
};
