// Finding messages by what they say.

import { z } from 'zod';
import { excerptOf } from '../../api/excerpts.ts';
import { malformed } from '../../api/failures.ts';
import { SearchResults } from '../../api/pages.ts';
import { NotASearch, parseSearch } from '../../domain/searchQuery.ts';
import { cursor, limit, searchCursor, searchPlace } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { withIncluded } from '../showMessages.ts';

const queryIn = (typed: string) => {
  try {
    return parseSearch(typed);
  } catch (error) {
    throw error instanceof NotASearch ? malformed('q', error.message) : error;
  }
};

export const searchRoutes = inArea('messages', [
  route({
    name: 'searchMessages',
    method: 'GET',
    path: '/v1/search',
    summary: 'Search messages',
    description:
      'In all that you may read now, by the present texts: there is no `asOf`. A message is found that has all of it: words, which ' +
      'match whole words; `"words in this order"`; `begin*` for words that begin so, from three letters on (`کتاب*` finds ' +
      '`کتاب‌های`, `کتاب` does not); but none of `-this`. Letter case and accents do not matter; texts without spaces, as in ' +
      'Chinese, are found by any part. Filters, in any letter case: `from:` a username, or `me`; `in:` the id or the slug of a ' +
      'conversation; `before:2026-02-01` and `after:2026-01-01`, days in UTC, the first without that day; `has:file`, ' +
      '`has:link`, `has:reaction`; `is:pinned`. The same filter twice: either one; of `has:` both. A filter has no minus; ' +
      '`before:`, `after:` or `-this` without anything else is refused. With no more than `has:reaction`, `is:pinned` and days, it ' +
      'looks in the conversations that you joined last, and in the newest rooms and public groups, and desks: 100 of each; ' +
      '`in:` reaches any other. ' +
      'A page may have fewer items than `limit`, or none, although `next` says that it goes on: rare words among many messages ' +
      'take several pages.',
    access: 'user',
    query: z.strictObject({
      q: z
        .string()
        .min(1)
        .max(500)
        .meta({ description: 'What to find.', examples: ['"release notes" from:ann has:link'] }),
      order: z
        .enum(['time', 'relevance'])
        .default('time')
        .describe(
          '`time`: the last in the log first. `relevance`: of every 200 hits those first that say more of it in less text.',
        ),
      after: cursor,
      limit,
    }),
    hasPast: false,
    answers: { 200: SearchResults },
    handle: async ({ services, ctx, userId, query: { q, order, after, limit } }) => {
      const query = queryIn(q);
      const place = searchPlace(after);
      const { search, queries } = services;
      const reading = readingOf(services, ctx, services.searches);
      // One search of an account at a time: others have their turns meanwhile.
      await reading.turn();
      try {
        const { hits, next } = await search(query, userId, { place, limit, order }, reading.page);
        const found = hits.map(({ message }) => message);
        const { shown, included } = await withIncluded(queries, found, userId);
        const items = hits.map(({ message: { text }, ranges }, i) => ({
          message: shown[i],
          excerpt: excerptOf(text, ranges),
        }));
        return { body: { items, next: searchCursor(next), included } };
      } finally {
        reading.rest();
      }
    },
  }),
]);
