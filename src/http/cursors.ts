// Pages of lists, and their cursors: the sort key of the last item, encoded so that clients do not compute with it.

import { z } from 'zod';
import { malformed } from '../api/failures.ts';
import type { SearchPlace } from '../projections/queries/search.ts';
import type { Slice } from '../projections/queries.ts';

const decode = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
};

const keyIn = <Key>(cursor: string | undefined, schema: z.ZodType<Key>): Key | undefined => {
  if (cursor === undefined) return undefined;
  const { success, data } = schema.safeParse(decode(cursor));
  if (!success) throw malformed('after', 'Not a cursor of this list.');
  return data;
};

/** @throws HttpFailure naming `after` if the cursor does not come from a list sorted by names. */
export const textCursor = (cursor: string | undefined): string | undefined => keyIn(cursor, z.string());

/** The page that a query asks for. @throws HttpFailure naming `after` if its cursor is not of a list sorted by numbers. */
export const numberedPage = (query: { readonly after?: string | undefined; readonly limit: number }) => {
  const after = keyIn(query.after, z.int().nonnegative());
  return after === undefined ? { limit: query.limit } : { limit: query.limit, after };
};

/** The same of a list that begins with its newest item. */
export const newestFirstPage = (query: Parameters<typeof numberedPage>[0]) => {
  const { limit, after: before } = numberedPage(query);
  return { limit, descending: true, ...(before === undefined ? {} : { before }) };
};

const place = z.object({
  upTo: z.int().positive(),
  from: z.int().nonnegative().optional(),
  behind: z.tuple([z.int(), z.int()]).optional(),
});

/** @throws HttpFailure naming `after` if the cursor does not come from a search. */
export const searchPlace = (cursor: string | undefined): SearchPlace | undefined => keyIn(cursor, place);

export const searchCursor = (next: SearchPlace | undefined): string | null => (next ? encoded(next) : null);

export const encoded = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');

export const digits = (max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'Not a whole number.')
    .transform(Number)
    .pipe(z.int().max(max));

export const limit = digits(100)
  .pipe(z.int().min(1))
  .optional()
  .transform((wanted) => wanted ?? 50)
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 50,
    description: 'Items at most. Long items make a page shorter: `next` says whether it was the last.',
  });
/** A whole number in a query string. */
export const whole = digits(Number.MAX_SAFE_INTEGER).meta({
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
});
/** Characters of a time at most, with fractions of seconds and its zone. */
const TIME = 40;
/** A time in a query string, as events have it: in UTC, with milliseconds. */
export const time = z.iso
  .datetime({ offset: true })
  .max(TIME)
  .transform((text) => new Date(text).toISOString())
  .meta({ type: 'string', format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] });
/** A position, or a time. */
export const moment = z
  .string()
  .max(TIME)
  .pipe(z.union([whole, time]));
export const cursor = z
  .string()
  .max(1000)
  .optional()
  .meta({ description: 'The `next` of the page before. Default: the first page.', examples: ['NTA'] });

/** A page of an answer. Items for which `present` returns undefined are left out. */
export const page = <Item, Presented>(
  { items, more }: Slice<Item>,
  keyOf: (item: Item) => number | string,
  present: (item: Item, index: number) => Presented | undefined,
) => ({
  items: items.map(present).filter((presented) => presented !== undefined),
  next: more ? encoded(keyOf(items.at(-1)!)) : null,
});
