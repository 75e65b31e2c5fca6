// Views live in generations, each with collections of its own (`views_7_messages`). One document names the generation
// that serves and how far it has come; each other generation has a document that says why it is still there.

import type { Db } from 'mongodb';
import type { Checkpoint, Collection } from '../ports.ts';
import { shapeOf } from '../shared/collections.ts';
import { KEPT, MAJORITY } from './connection.ts';
import { keyOf, type Stored } from './documents.ts';
import { isDuplicateKey } from './failures.ts';

export interface Serving {
  readonly _id: 'serving';
  readonly generation: number;
  /** Position that generation has taken everything up to. */
  readonly checkpoint: number;
  /** Of the event there. */
  readonly mark: string;
  /** Token of the holder that moved the checkpoint last. */
  readonly fence: number;
  /** Last generation that was begun. */
  readonly last: number;
  /** The declarations it was made for. */
  readonly shape: string;
}

interface Beside {
  readonly _id: number;
  readonly why: 'building' | 'retired';
  /** Server's time of its last sign of life, in milliseconds. */
  readonly touched: number;
}

/** For so long after a switch others may still read the old views. */
export const GRACE_MS = 3_000;
/** A build that shows no life for so long was left by a process that died. */
const ABANDONED_MS = 600_000;

/** The server's clock, in milliseconds: clients' clocks differ. */
export const SERVER_NOW = { $toLong: '$$NOW' } as const;

export type Generations = ReturnType<typeof generationsOf>;

export const generationsOf = (db: Db, collections: readonly Collection[]) => {
  // A primary that was just replaced may still name other views: the majority tells.
  const serving = db.collection<Serving>('views_serving', { writeConcern: KEPT, readConcern: MAJORITY });
  const beside = db.collection<Beside>('views_beside', { writeConcern: KEPT });
  const documents = (generation: number, collection: string) =>
    db.collection<Stored>(`views_${generation}_${collection}`);
  const shape = shapeOf(collections);
  const read = () => serving.findOne({ _id: 'serving' });

  const prepare = async (generation: number): Promise<void> => {
    for (const { name, indexes } of collections) {
      const target = documents(generation, name);
      if (indexes.length === 0) await ignoring(NAMESPACE_EXISTS, db.createCollection(target.collectionName));
      else await target.createIndexes(indexes.map((index) => ({ key: keyOf(index) })));
    }
  };

  /** What serves; empty views where nothing does: at the first start, or after somebody dropped the database. */
  const ensure = async (): Promise<Serving> => {
    const found = await read();
    if (found !== null) return found;
    // A number this database never had, so that processes that knew the dropped views see that these are others.
    const generation = Date.now();
    await prepare(generation);
    try {
      const none = { checkpoint: 0, mark: '', fence: 0 };
      await serving.insertOne({ _id: 'serving', generation, ...none, last: generation, shape });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // another process made it at the same moment
    }
    return ensure();
  };

  /** Makes what is missing of collections and indexes, unless the views that serve are of other declarations. */
  const complete = async (): Promise<void> => {
    const found = await read();
    if (found === null) await ensure();
    else if (found.shape === shape) await prepare(found.generation);
  };

  /** False: there is no document of the generation to sign, and none was to be made. */
  const sign = async (generation: number, why: Beside['why'], upsert: boolean): Promise<boolean> => {
    const set = { why: { $literal: why }, touched: SERVER_NOW };
    const { matchedCount, upsertedCount } = await beside.updateOne({ _id: generation }, [{ $set: set }], { upsert });
    return matchedCount + upsertedCount > 0;
  };

  /** An empty generation for a build. */
  const begin = async (): Promise<number> => {
    const next = await serving.findOneAndUpdate({ _id: 'serving' }, { $inc: { last: 1 } }, { returnDocument: 'after' });
    if (next === null) throw new Error('no views serve');
    await sign(next.last, 'building', true);
    await prepare(next.last);
    return next.last;
  };

  /** A sign of life of a build; false when it was dropped meanwhile. */
  const touch = (generation: number): Promise<boolean> => sign(generation, 'building', false);

  /** Makes a build serve, with its checkpoint, and retires what served; false when it was dropped meanwhile. */
  const serve = async (generation: number, { position, mark }: Checkpoint): Promise<boolean> => {
    const before = await read();
    if (before?.generation === generation) return true; // asked again after the answer was lost
    if (!(await touch(generation))) return false;
    // Retired before it is replaced: a crash in between leaves a mark on what serves, which is never swept.
    if (before !== null) await sign(before.generation, 'retired', true);
    await serving.updateOne({ _id: 'serving' }, { $set: { generation, checkpoint: position, mark, shape } });
    await beside.deleteOne({ _id: generation });
    return true;
  };

  const names = async (): Promise<readonly string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);

  const drop = async (generation: number): Promise<void> => {
    for (const name of await names())
      if (generationIn(name) === generation) await ignoring(NAMESPACE_NOT_FOUND, db.dropCollection(name));
    await beside.deleteOne({ _id: generation });
  };

  /** Drops what neither serves, nor is being built, nor may still be read. False: retired views are left. */
  const sweep = async (): Promise<boolean> => {
    // What serves is read last: a build that becomes it meanwhile is seen either as a build or as that.
    const found = (await names()).map(generationIn);
    const marks = await beside.find().toArray();
    const served = (await read())?.generation;
    const { localTime } = await db.admin().command({ hello: 1 });
    const living = marks.filter((mark) => mark._id === served || lives(mark, Number(localTime)));
    const kept = new Set([served, ...living.map(({ _id }) => _id)]);
    for (const generation of new Set([...marks.map(({ _id }) => _id), ...found]))
      if (generation !== undefined && !kept.has(generation)) await drop(generation);
    return !living.some(({ _id, why }) => why === 'retired' && _id !== served);
  };

  return { serving, documents, ensure, complete, begin, touch, serve, drop, sweep };
};

const lives = ({ why, touched }: Beside, now: number): boolean =>
  now - touched < (why === 'building' ? ABANDONED_MS : GRACE_MS);

const generationIn = (name: string): number | undefined => {
  const digits = /^views_(\d+)_/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

const NAMESPACE_NOT_FOUND = 26;
const NAMESPACE_EXISTS = 48;

/** Another process may have done the same a moment ago. */
const ignoring = (code: number, call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== code) throw error;
  });
