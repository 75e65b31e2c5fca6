// Views live in generations, each with collections of its own (`views_v2_<id>_messages`). Each version of the program has
// one document that names the generation that serves it and how far that has come. Each other generation has a document
// that says why it is still there.

import { type Db, ObjectId } from 'mongodb';
import type { Checkpoint, Shape } from '../ports.ts';
import { textOf } from '../shared/collections.ts';
import { KEPT, MAJORITY } from './connection.ts';
import { indexesOf, keyOf, type Stored } from './documents.ts';
import { isDuplicateKey } from './failures.ts';

export interface Serving {
  /** The version of the program that made these views. */
  readonly _id: number;
  readonly generation: string;
  /** Position that generation has taken everything up to. */
  readonly checkpoint: number;
  /** Of the event there. */
  readonly mark: string;
  /** Token of the holder that moved the checkpoint last. */
  readonly fence: number;
  /** The declarations it was made for. */
  readonly shape: string;
  /** Server's time of the last sign of life of a process that reads it. */
  readonly touched: Date;
}

interface Beside {
  readonly _id: string;
  readonly why: 'building' | 'retired';
  /** Server's time of its last sign of life. */
  readonly touched: Date;
}

/** For so long after a switch others may still read the old views. */
export const GRACE_MS = 3_000;
/** Milliseconds between two signs of life of a process that reads views. */
const TOUCH_MS = 60_000;
/** A build, or an earlier version, that shows no life for so long was left by processes that are gone. */
const ABANDONED_MS = 10 * TOUCH_MS;
/** Between two sweeps while retired views are left. */
const SWEEP_MS = 1_000;

const NEVER = Number.NEGATIVE_INFINITY;

/** A sign of life, by the server's clock: clients' clocks differ. Not every server has `$$NOW`. */
const LIVES = { $currentDate: { touched: true } } as const;

/** A primary that was just replaced may still name other views: the majority tells. */
const servingIn = (db: Db) => db.collection<Serving>('views_serving', { writeConcern: KEPT, readConcern: MAJORITY });

/** Token of the holder that wrote last to the views of a version; 0: nobody did. */
export const lastFence = async (db: Db, { version }: Pick<Shape, 'version'>): Promise<number> =>
  (await servingIn(db).findOne({ _id: version }))?.fence ?? 0;

export type Generations = ReturnType<typeof generationsOf>;

export const generationsOf = (db: Db, shape: Shape) => {
  const { version, readsFrom, collections } = shape;
  const serving = servingIn(db);
  const beside = db.collection<Beside>('views_beside', { writeConcern: KEPT });
  const documents = (generation: string, collection: string) =>
    db.collection<Stored>(`views_${generation}_${collection}`);
  const text = textOf(shape);
  /** A name that this database never had, so that processes notice if somebody dropped it. */
  const newGeneration = (): string => `v${version}_${new ObjectId().toHexString()}`;
  let touchedAt = NEVER;
  /** The generation whose collections and indexes this process has made last. */
  let prepared: string | undefined;

  /** The views of this version; before it has any, those of the latest version that it can read. */
  const read = () => serving.findOne({ _id: { $gte: readsFrom, $lte: version } }, { sort: { _id: -1 } });

  const prepare = async (generation: string): Promise<void> => {
    for (const collection of collections) {
      const target = documents(generation, collection.name);
      const indexes = indexesOf(collection);
      if (indexes.length === 0) await ignoring(NAMESPACE_EXISTS, db.createCollection(target.collectionName));
      else await target.createIndexes(indexes.map((index) => ({ key: keyOf(index) })));
    }
    prepared = generation;
  };

  /** Makes a generation serve this version. `as`: only if the document of this version is so. `upsert`: also if there is none. */
  const makeServe = (generation: string, { position, mark }: Checkpoint, as: object = {}, upsert = true) => {
    const set = { generation, checkpoint: position, mark, shape: text };
    return serving.updateOne({ _id: version, ...as }, { $set: set, $max: { fence: 0 }, ...LIVES }, { upsert });
  };

  /** What serves; empty views where nothing does: at the first start, or after somebody dropped the database. */
  const ensure = async (): Promise<Serving> => {
    const found = await read();
    if (found !== null) return found;
    // As a build, so that a process of another version does not sweep it away before it serves.
    const generation = await begin();
    try {
      await makeServe(generation, { position: 0, mark: '' }, { generation: { $exists: false } });
      await beside.deleteOne({ _id: generation });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Another process made them at the same moment.
      await drop(generation);
    }
    return ensure();
  };

  /**
   * As `ensure`. Now and then it shows the other versions that a process still reads these views. After the first time nobody
   * waits for that: a server that takes no writes is read on, and cannot sweep these views away either.
   */
  const look = async (): Promise<Serving> => {
    const found = await ensure();
    const present = performance.now();
    if (present - touchedAt >= TOUCH_MS) {
      const touching = serving.updateOne({ _id: found._id }, LIVES);
      if (touchedAt === NEVER) await touching;
      else touching.catch(() => undefined);
      touchedAt = present;
    }
    return found;
  };

  /** The clock of all signs of life, read by giving one: `hello` may tell that of another machine, as where FerretDB answers it. */
  const serverTime = async (): Promise<number> => {
    const { _id } = await ensure();
    const found = await serving.findOneAndUpdate({ _id }, LIVES, { returnDocument: 'after' });
    // Another process may have dropped it.
    return found === null ? serverTime() : Number(found.touched);
  };

  /** Makes what is missing of collections and indexes, unless the views that serve are of other declarations. */
  const complete = async (): Promise<void> => {
    const { generation, shape: served } = await look();
    if (served === text && generation !== prepared) await prepare(generation);
  };

  /** False: there is no document of the generation to sign, and none was to be made. */
  const sign = async (generation: string, why: Beside['why'], upsert: boolean): Promise<boolean> => {
    const life = { $set: { why }, ...LIVES };
    const { matchedCount, upsertedCount } = await beside.updateOne({ _id: generation }, life, { upsert });
    return matchedCount + upsertedCount > 0;
  };

  /** An empty generation for a build. */
  const begin = async (): Promise<string> => {
    const generation = newGeneration();
    await sign(generation, 'building', true);
    await prepare(generation);
    return generation;
  };

  /** A sign of life of a build; false when it was dropped meanwhile. */
  const touch = (generation: string): Promise<boolean> => sign(generation, 'building', false);

  /** Makes a build serve this version, with its checkpoint, and retires what served; false when it was dropped meanwhile. */
  const serve = async (generation: string, checkpoint: Checkpoint): Promise<boolean> => {
    const before = await serving.findOne({ _id: version });
    if (before?.generation === generation) return true; // asked again after the answer was lost
    if (!(await touch(generation))) return false;
    // Retired before it is replaced: a crash in between leaves a mark on what serves, which is never swept.
    if (before !== null) await sign(before.generation, 'retired', true);
    await makeServe(generation, checkpoint);
    await beside.deleteOne({ _id: generation });
    return true;
  };

  /** Empty views take the place of those that were read, unless these have changed meanwhile: a read may lag after an election. */
  const beginAgain = async ({ _id, generation, checkpoint, fence }: Serving): Promise<void> => {
    const empty = await begin();
    await sign(generation, 'retired', true);
    const as = { _id, generation, checkpoint, fence };
    const { matchedCount } = await makeServe(empty, { position: 0, mark: '' }, as, false);
    if (matchedCount === 0) await drop(empty);
    else await beside.deleteOne({ _id: empty });
  };

  const names = async (): Promise<readonly string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);

  const drop = async (generation: string): Promise<void> => {
    for (const name of await names())
      if (generationIn(name) === generation) await ignoring(NAMESPACE_NOT_FOUND, db.dropCollection(name));
    await beside.deleteOne({ _id: generation });
  };

  /**
   * Drops what neither serves a version in use, nor is being built, nor may still be read. Later versions keep what they
   * have. Out: after how many milliseconds there may be more to drop; undefined: never.
   */
  const sweep = async (): Promise<number | undefined> => {
    // What serves is read last: a build that becomes it meanwhile is seen either as a build or as that.
    const found = (await names()).map(generationIn);
    const marks = await beside.find().toArray();
    const served = await serving.find({ _id: { $gte: 0 } }).toArray();
    const now = await serverTime();
    const kept = new Set(marks.filter((mark) => lives(mark, now)).map(({ _id }) => _id));
    const isLeft = (why: Beside['why']): boolean => marks.some((mark) => mark.why === why && kept.has(mark._id));
    const [isRetiring, isBuilding] = [isLeft('retired'), isLeft('building')];
    let hasOlder = false;
    for (const { _id, touched, generation } of served) {
      const isUnread = _id < version && now - Number(touched) >= ABANDONED_MS;
      // A process of that version that starts at this moment has touched it, or makes new views.
      if (isUnread && (await serving.deleteOne({ _id, touched })).deletedCount > 0) continue;
      kept.add(generation);
      hasOlder ||= _id < version;
    }
    for (const generation of new Set([...marks.map(({ _id }) => _id), ...found]))
      if (generation !== undefined && !kept.has(generation)) await drop(generation);
    if (isRetiring) return SWEEP_MS;
    // Its process may have been killed.
    return hasOlder || isBuilding ? TOUCH_MS : undefined;
  };

  return { serving, documents, look, complete, begin, touch, serve, beginAgain, drop, sweep };
};

const lives = ({ why, touched }: Beside, now: number): boolean =>
  now - Number(touched) < (why === 'building' ? ABANDONED_MS : GRACE_MS);

const generationIn = (name: string): string | undefined => /^views_(v\d+_[0-9a-f]{24})_/.exec(name)?.[1];

const NAMESPACE_NOT_FOUND = 26;
const NAMESPACE_EXISTS = 48;

/** Another process may have done the same a moment ago. */
const ignoring = (code: number, call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== code) throw error;
  });
