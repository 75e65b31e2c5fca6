// Lists as ThanChat gives them: whole, the oldest first. What is more than one answer may hold is cut off at its old end.

import type { Page } from '../../projections/queries.ts';
import { all } from '../django/identities.ts';

/** `find`: one page, the newest first. `placeOf`: what pages are cut by. */
export const newestOf = async <T>(
  find: (page: Page) => Promise<readonly T[]>,
  placeOf: (one: T) => number,
): Promise<readonly T[]> => {
  const page = (before: number | undefined, limit: number): Promise<readonly T[]> =>
    find({ descending: true, limit, ...(before === undefined ? {} : { before }) });
  return (await all(page, placeOf)).toReversed();
};
