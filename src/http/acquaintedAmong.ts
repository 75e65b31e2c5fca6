// Who of some users is in a group or a direct chat with the reader.

import type { MembershipDoc } from '../projections/memberships.ts';
import type { Page, Queries } from '../projections/queries.ts';
import { pagesOf } from './listing.ts';
import type { Reading } from './reading.ts';

/** The newest memberships that are looked at, of the reader and of each other. */
const LOOKED_AT = { own: 5000, others: 500 };
const PAGE = 500;

interface Asked {
  readonly queries: Queries;
  readonly reading: Reading;
}

const conversationsOf = async ({ queries, reading }: Asked, userId: string, most: number) => {
  const found = new Set<string>();
  const paged = {
    find: (page: Page) => queries.membershipsOf(userId, page),
    placeOf: ({ since }: MembershipDoc) => since,
    limit: PAGE,
  };
  for await (const { items } of pagesOf(reading, paged, { descending: true })) {
    for (const { conversationId } of items) found.add(conversationId);
    if (found.size >= most) break;
  }
  return found;
};

/** The reader is one of them. */
export const acquaintedAmong = async (asked: Asked, userId: string, others: ReadonlySet<string>) => {
  const own = await conversationsOf(asked, userId, LOOKED_AT.own);
  const found: string[] = [];
  for (const other of others) {
    const isKnown = other === userId || !own.isDisjointFrom(await conversationsOf(asked, other, LOOKED_AT.others));
    if (isKnown) found.push(other);
  }
  return found;
};
