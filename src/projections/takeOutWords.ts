// Takes what somebody said out of the index of words, once nobody can read it: no event names all that a person ever said.

import type { Marks, ViewStore } from '../store/ports.ts';
import { termFrom } from './words.ts';

/** Documents of one turn. */
const PAGE = 500;

/**
 * `subject`: a person, or the desk of a visitor, whose key is destroyed, so that the log makes no such documents any more. Can be
 * repeated, from any point. @throws Unavailable, Switched
 */
export const takeOutWords = async (
  views: Pick<ViewStore, 'search' | 'mend'>,
  marks: Marks,
  subject: string,
): Promise<void> => {
  const all = [termFrom(marks, [subject])];
  for (let before: number | undefined; ; ) {
    const { docs, more } = await views.search('words', { all, before, limit: PAGE });
    if (docs.length > 0) await views.mend(async () => docs.map(({ id }) => ({ collection: 'words', id, doc: null })));
    if (!more) return;
    before = Number(docs.at(-1)!.position);
  }
};
