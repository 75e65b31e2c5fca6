// Discards the files that nobody has used for some time. Their contents go later, with all that no file names.

import type { Meta } from '../domain/events.ts';
import { discardFile, files } from '../domain/file.ts';
import type { Queries } from '../projections/queries.ts';
import type { Core } from './core.ts';

const PAGE = 100;

/**
 * Discards what was stored before that moment. The views may miss a use that was recorded just now: the file's own
 * stream tells. @returns how many were discarded
 */
export const discardFiles = async (
  core: Pick<Core, 'ledger' | 'newId'>,
  queries: Pick<Queries, 'filesUnused'>,
  before: Date,
  signal?: AbortSignal,
): Promise<number> => {
  const meta: Meta = { actorId: null, correlationId: `sweep ${core.newId()}` };
  let count = 0;
  // Files of one moment at the end of a page wait for the next sweep.
  for (let after = '', isOver = false; !isOver; ) {
    const { items, more } = await queries.filesUnused(after, before.toISOString(), PAGE);
    for (const { id } of items) {
      if (signal?.aborted) return count;
      const { events } = await core.ledger.transact(files, id, meta, discardFile);
      count += events.length;
    }
    after = items.at(-1)?.at ?? '';
    isOver = !more;
  }
  return count;
};
