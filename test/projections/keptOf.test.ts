import { expect, test } from 'vitest';
import { keptOf, type Page } from '../../src/projections/queries/documents.ts';

/** The numbers from 1 to 9, in pages. */
const numbers = async ({ after = 0, before = 10, descending = false, limit }: Page) => {
  const found = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((each) => after < each && each < before);
  const items = (descending ? found.toReversed() : found).slice(0, limit);
  return { items, more: found.length > limit };
};
const from = (page: Page, kept: readonly number[]) =>
  keptOf(
    page,
    numbers,
    (each) => each,
    (items) => items.map((each) => kept.includes(each)),
  );

test('a page of which nothing is kept goes on until something is, in either direction', async () => {
  expect(await from({ limit: 2 }, [5, 9])).toEqual({ items: [5], more: true });
  expect(await from({ limit: 2, after: 5 }, [5, 9])).toEqual({ items: [9], more: false });
  expect(await from({ limit: 2, descending: true, before: 9 }, [2, 9])).toEqual({ items: [2], more: false });
  expect(await from({ limit: 2 }, [])).toEqual({ items: [], more: false });
});
