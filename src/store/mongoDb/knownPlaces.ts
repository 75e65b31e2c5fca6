// The known places of all processes: a document for each mark.

import type { Db } from 'mongodb';
import { KNOWN_PLACES, type KnownPlaces } from '../ports.ts';

interface Place {
  readonly _id: string;
  readonly at: Date;
}

/** Inserts at once; more are lost. */
const MOST = 100;

export const openKnownPlaces = (db: Db): KnownPlaces & { close(): Promise<void> } => {
  // A copy on one member is enough: whoever is told once more of a known address has lost nothing.
  const places = db.collection<Place>('known_places', { writeConcern: { w: 1 } });
  const inserts = new Set<Promise<unknown>>();
  return {
    read: async () => {
      const latest = places.find({}, { projection: { _id: 1 } }).sort({ at: -1 });
      return (await latest.limit(KNOWN_PLACES).toArray()).map(({ _id }) => _id);
    },
    add: (mark) => {
      if (inserts.size >= MOST) return;
      const insert: Promise<unknown> = places
        .insertOne({ _id: mark, at: new Date() })
        .catch(() => undefined)
        .finally(() => inserts.delete(insert));
      inserts.add(insert);
    },
    close: async () => void (await Promise.all(inserts)),
  };
};
