// Keys in MongoDB, a document for each block. How long a destroyed key stays in the server's own journals is the server's business:
// see `docs/operations.md`.

import { setTimeout as delay } from 'node:timers/promises';
import { Binary, type Collection } from 'mongodb';
import { KEYS_REPLACED, replaced } from '../cause.ts';
import { type KeyPlace, type KeyStore, Unavailable } from '../ports.ts';
import { findTogether } from '../shared/askTogether.ts';
import { withoutKey } from '../shared/keyBlocks.ts';
import { connectMongo, KEPT, MAJORITY, type MongoSource, OPEN_PATIENCE_MS, repeat } from './connection.ts';
import { isDuplicateKey } from './failures.ts';

interface Stored {
  readonly _id: string;
  readonly keys: Binary;
}

/** The collection. A backup of the views needs it not, and one of the log must not have it. */
export const KEYS = 'keys';

const PATIENCE_MS = 2_000;
/** Ids of one question at most, unless one caller wants more. */
const IDS = 500;
/** Milliseconds between two looks whether what was kept last is still there. */
const LOOK_MS = 1000;

const patiently = <T>(call: () => Promise<T>): Promise<T> => repeat('keys', PATIENCE_MS, call);

/** @throws Unavailable */
export const openMongoKeyStore = async (source: MongoSource): Promise<KeyStore> => {
  const { db, close } = await connectMongo(source);
  const keys: Collection<Stored> = db.collection(KEYS, { writeConcern: KEPT, readConcern: MAJORITY });
  await repeat('keys', OPEN_PATIENCE_MS, () => keys.findOne({ _id: '' })).catch(async (error: unknown) => {
    await close();
    throw error;
  });

  /** The block that this process has kept last. A block never goes, whatever is destroyed in it. */
  let last: string | undefined;
  let isReplaced = false;
  const closing = new AbortController();
  /** Somebody may have dropped the collection, or put an older one in its place. A server that is away says nothing of that. */
  const keepLooking = async (): Promise<void> => {
    for (;;) {
      await delay(LOOK_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted || isReplaced) return;
      if (last === undefined) continue;
      const found = await keys.findOne({ _id: last }, { projection: { _id: 1 } }).catch(() => undefined);
      isReplaced = found === null;
    }
  };
  void keepLooking();

  /** Another process may destroy keys of the same block. */
  const destroyOne = async (place: KeyPlace): Promise<void> => {
    for (;;) {
      const found = await keys.findOne({ _id: place.block });
      const left = new Binary(withoutKey(found?.keys.buffer, place));
      const before = found ? { keys: found.keys } : { keys: { $exists: false } };
      try {
        const { matchedCount, upsertedCount } = await keys.updateOne(
          { _id: place.block, ...before },
          { $set: { keys: left } },
          { upsert: found === null },
        );
        if (matchedCount + upsertedCount > 0) return;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
  };

  const get = findTogether(async (ids) => {
    const found = await patiently(() => keys.find({ _id: { $in: [...ids] } }).toArray());
    return new Map(found.map((block) => [block._id, new Uint8Array(block.keys.buffer)]));
  }, IDS);

  return {
    async add(blocks) {
      const writes = [...blocks].map(([_id, block]) => ({
        updateOne: { filter: { _id }, update: { $setOnInsert: { keys: new Binary(block) } }, upsert: true },
      }));
      await patiently(() => keys.bulkWrite(writes, { ordered: false }));
      last = [...blocks.keys()].at(-1) ?? last;
    },
    get,
    async destroy(places) {
      for (const place of places) await patiently(() => destroyOne(place));
    },
    mustBeInPlace() {
      if (isReplaced) throw new Unavailable('keys', replaced(KEYS_REPLACED));
    },
    async probe() {
      const nothing = { $set: { keys: new Binary(new Uint8Array()) } };
      await patiently(() => keys.updateOne({ _id: '' }, nothing, { upsert: true }));
    },
    close() {
      closing.abort();
      return close();
    },
  };
};
