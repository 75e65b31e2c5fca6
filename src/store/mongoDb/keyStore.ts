// Keys in MongoDB, one document each. How long a destroyed key stays in the server's own journals is the server's business:
// see `docs/operations.md`.

import { Binary, type Collection } from 'mongodb';
import type { KeyStore } from '../ports.ts';
import { connectMongo, KEPT, MAJORITY, type MongoSource, OPEN_PATIENCE_MS, repeat } from './connection.ts';

interface Stored {
  readonly _id: string;
  /** Null once it is destroyed. */
  readonly key: Binary | null;
}

/** The collection. A backup of the views needs it not, and one of the log must not have it. */
export const KEYS = 'keys';

const PATIENCE_MS = 2_000;

const patiently = <T>(call: () => Promise<T>): Promise<T> => repeat('keys', PATIENCE_MS, call);

/** @throws Unavailable */
export const openMongoKeyStore = async (source: MongoSource): Promise<KeyStore> => {
  const { db, close } = await connectMongo(source);
  const keys: Collection<Stored> = db.collection(KEYS, { writeConcern: KEPT, readConcern: MAJORITY });
  await repeat('keys', OPEN_PATIENCE_MS, () => keys.findOne({ _id: '' })).catch(async (error: unknown) => {
    await close();
    throw error;
  });

  const setAll = async (ids: readonly string[], update: (id: string) => object): Promise<void> => {
    if (ids.length === 0) return;
    await patiently(() =>
      keys.bulkWrite(
        ids.map((_id) => ({ updateOne: { filter: { _id }, update: update(_id), upsert: true } })),
        { ordered: false },
      ),
    );
  };

  return {
    add: (added) => setAll([...added.keys()], (id) => ({ $setOnInsert: { key: new Binary(added.get(id)!) } })),
    async get(ids) {
      const found = await patiently(() => keys.find({ _id: { $in: [...ids] } }).toArray());
      const byId = new Map(found.map(({ _id, key }) => [_id, key === null ? null : new Uint8Array(key.buffer)]));
      return ids.map((id) => byId.get(id));
    },
    destroy: (ids) => setAll(ids, () => ({ $set: { key: null } })),
    probe: async () =>
      void (await patiently(() => keys.updateOne({ _id: '' }, { $set: { key: null } }, { upsert: true }))),
    close,
  };
};
