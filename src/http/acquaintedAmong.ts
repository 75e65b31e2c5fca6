// Who of some users is in a group or a direct chat with the reader.

import type { MembershipDoc } from '../projections/memberships.ts';
import type { Page, Queries } from '../projections/queries.ts';
import { pagesOf } from './listing.ts';
import type { Reading } from './reading.ts';

/** Memberships that one step looks at: of the reader, then of each other in the same conversations. */
const PAGE = 500;

interface Asked {
  readonly queries: Pick<Queries, 'membershipsOf' | 'membershipsIn'>;
  readonly reading: Reading;
}

/** In the order of `others`. The reader knows themself. */
export const acquaintedAmong = async ({ queries, reading }: Asked, userId: string, others: ReadonlySet<string>) => {
  const strangers = new Set(others);
  strangers.delete(userId);
  const own = {
    find: (page: Page) => queries.membershipsOf(userId, page),
    placeOf: ({ since }: MembershipDoc) => since,
    limit: PAGE,
  };
  for await (const { items } of pagesOf(reading, own, { descending: true })) {
    const conversationIds = items.map(({ conversationId }) => conversationId);
    for (const other of strangers) {
      const shared = await reading.page(() => queries.membershipsIn(other, conversationIds));
      if (shared.some((membership) => membership !== undefined)) strangers.delete(other);
    }
    if (strangers.size === 0) break;
  }
  return [...others].filter((other) => !strangers.has(other));
};
