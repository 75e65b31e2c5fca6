// Reads all documents of a collection, page by page. A page goes on with the cursor of the page before: not every server
// finds `_id > after` by its index, and one that does not would read the whole collection for each page.

import { BSON, type Collection as Documents, type Filter, type FindCursor } from 'mongodb';
import { type Doc, type Found, type Scan, type Scanned, VIEW_PAGE_BYTES } from '../ports.ts';
import { BATCH, docOf, FOREIGN, type Stored, scanOf } from './documents.ts';

/** At most so many documents of others are named at a time. */
const FOREIGNERS = 100;

interface Going {
  readonly namespace: string;
  readonly cursor: FindCursor<Stored>;
  /** Of the views when the cursor was opened. */
  readonly position: number;
}

/** Documents that somebody else has put there, whose ids are no texts. */
const foreignIn = async (documents: Documents<Stored>, { after = '' }: Scan): Promise<readonly Doc[]> => {
  const stored = await documents.find(FOREIGN as Filter<Stored>, { limit: FOREIGNERS }).toArray();
  const docs = stored.map(docOf).filter((doc) => doc !== undefined);
  return docs.filter(({ id }) => id > after).toSorted((one, other) => (one.id < other.id ? -1 : 1));
};

export type Scanning = ReturnType<typeof createScanning>;

/** Keeps one cursor: that of the scan whose page came last. */
export const createScanning = () => {
  let kept: (Going & { readonly after: string }) | undefined;

  const take = async (documents: Documents<Stored>, scan: Scan, position: number): Promise<Going> => {
    const { namespace } = documents;
    const { filter, sort } = scanOf(scan);
    const last = kept;
    kept = undefined;
    if (last?.namespace === namespace && last.after === scan.after) return last;
    await last?.cursor.close();
    // Some servers would sort the documents themselves without the hint.
    return { namespace, position, cursor: documents.find(filter, { sort, hint: sort, batchSize: BATCH }) };
  };

  const keep = async (going: NonNullable<typeof kept>): Promise<void> => {
    // Another scan may have kept its own meanwhile.
    const other = kept;
    kept = going;
    await other?.cursor.close();
  };

  const read = async (cursor: FindCursor<Stored>, limit: number): Promise<Found> => {
    const docs: Doc[] = [];
    for (let bytes = 0; docs.length < limit && bytes < VIEW_PAGE_BYTES; ) {
      const stored = await cursor.next();
      if (stored === null) return { docs, more: false };
      bytes += BSON.calculateObjectSize(stored);
      docs.push(docOf(stored)!);
    }
    return { docs, more: true };
  };

  return {
    /** `position`: of the views now. Behind the last document of ours come those of others. */
    page: async (documents: Documents<Stored>, scan: Scan, position: number): Promise<Scanned> => {
      const going = await take(documents, scan, position);
      try {
        const found = await read(going.cursor, scan.limit);
        if (found.more) await keep({ ...going, after: found.docs.at(-1)!.id });
        const foreign = found.more ? [] : await foreignIn(documents, scan);
        return { docs: [...found.docs, ...foreign], more: found.more, position: going.position };
      } finally {
        if (kept?.cursor !== going.cursor) await going.cursor.close();
      }
    },
    /** The next page is read from what lies there by then. */
    end: async (): Promise<void> => {
      const last = kept;
      kept = undefined;
      await last?.cursor.close();
    },
  };
};
