// The known places of all processes: a document for each mark.

import type { Db } from 'mongodb';
import { KNOWN_PLACES, type KnownPlaces } from '../ports.ts';

interface Place {
  readonly _id: string;
  readonly at: Date;
}

/** Inserts at once; more are lost. */
const MOST = 100;

/** `most`: places that are kept, and that one process adds until its next start. */
export const openKnownPlaces = (db: Db, most = KNOWN_PLACES): KnownPlaces & { close(): Promise<void> } => {
  // A copy on one member is enough: whoever is told once more of a known address has lost nothing.
  const places = db.collection<Place>('known_places', { writeConcern: { w: 1 } });
  const inserts = new Set<Promise<unknown>>();
  let added = 0;
  return {
    read: async () => {
      const latest = (await places.find().sort({ at: -1 }).limit(most).toArray()).toReversed();
      const [oldest] = latest;
      // A server that takes no writes keeps the older ones for the next start.
      if (latest.length === most) await places.deleteMany({ at: { $lt: oldest!.at } }).catch(() => undefined);
      return latest.map(({ _id }) => _id);
    },
    add: (mark) => {
      if (inserts.size >= MOST || added >= most) return;
      added += 1;
      const insert: Promise<unknown> = places
        .insertOne({ _id: mark, at: new Date() })
        .catch(() => undefined)
        .finally(() => inserts.delete(insert));
      inserts.add(insert);
    },
    close: async () => void (await Promise.all(inserts)),
  };
};
