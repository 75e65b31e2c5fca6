// Views in MongoDB, for several processes: one projects, all read. No transactions, so that a standalone server will do:
// every document knows the position it has taken, and the checkpoint is written after its batch.

import { setTimeout as delay } from 'node:timers/promises';
import { BSON, type Collection as Documents } from 'mongodb';
import {
  type Checkpoint,
  type Collection,
  type Doc,
  type Find,
  type Found,
  type Placed,
  Unavailable,
  VIEW_PAGE_BYTES,
  type ViewBuild,
  type ViewStore,
} from '../ports.ts';
import { collectionsOf, shapeOf } from '../shape.ts';
import { askTogether } from './askTogether.ts';
import { connectMongo, type MongoSource, OPEN_PATIENCE_MS, repeat } from './connection.ts';
import { docOf, type Stored } from './documents.ts';
import { type Generations, GRACE_MS, generationsOf, type Serving } from './generations.ts';
import { type Query, queryOf } from './indexes.ts';
import { writesOf } from './outcomes.ts';
import { type ServingViews, watchServing } from './servingViews.ts';
import { writeDocuments } from './writeDocuments.ts';

export type MongoViewStoreOptions = MongoSource & {
  readonly collections: readonly Collection[];
  /** Token of this process's lease on projecting. A batch is refused once a holder with a higher one has written. */
  readonly fence?: () => number;
  /** Told of what fails in the background: looking for a switch, dropping old views. */
  readonly onError?: (error: unknown) => void;
};

/** How long calls are repeated while the server is away: reads are waited for, batches come again anyway. */
const READ_PATIENCE_MS = 500;
const WRITE_PATIENCE_MS = 2_000;
/** An answer counts if what serves was certain so short before its end; old views live longer than that. */
const CERTAIN_MS = GRACE_MS - 1_000;
/** Between two sweeps, while retired views are left. */
const SWEEP_MS = 1_000;
/** Documents of one answer of the server at most: a page may end before it needs the next. */
const BATCH = 101;

/**
 * Makes what is missing of collections and indexes; views made for other declarations serve what they can until a build takes
 * their place. Documents of one batch become visible one by one.
 * A batch given to `apply` continues from the last `checkpoint()`; after a switch it is refused until that was asked again.
 * @throws Unavailable
 */
export async function openMongoViewStore(options: MongoViewStoreOptions): Promise<ViewStore> {
  const { collections, fence, onError = () => {} } = options;
  const { db, close } = connectMongo(options);
  const generations = generationsOf(db, collections);
  let serving: ServingViews;
  let isSwept = false;
  try {
    serving = await repeat('views', OPEN_PATIENCE_MS, async () => {
      await generations.complete();
      isSwept = await generations.sweep();
      return watchServing(await generations.ensure(), generations.ensure, onError);
    });
  } catch (error) {
    await close();
    throw error;
  }
  /** Whose checkpoint was answered last: the only views a batch may go to, as it continues from there. */
  let continued = serving.known().generation;
  const closing = new AbortController();
  const declared = (name: string): Collection => {
    const found = collections.find((collection) => collection.name === name);
    if (found === undefined) throw new TypeError(`no collection is declared as ${name}`);
    return found;
  };
  const shape = shapeOf(collections);
  /** What views of another shape do not have is on its way: the new ones are being built. */
  const mustHave = (views: Serving, name: string, find?: Find): void => {
    if (views.shape === shape) return;
    try {
      const found = collectionsOf(views.shape).find((collection) => collection.name === name);
      if (found === undefined) throw new TypeError(`the views that serve have no ${name}`);
      if (find !== undefined) queryOf(found, find);
    } catch (error) {
      throw new Unavailable('views', error);
    }
  };
  const write = (generation: number, batch: readonly Placed[]) =>
    writeDocuments(
      Array.from(writesOf(batch), ([name, writes]) => ({
        collection: generations.documents(generation, declared(name).name),
        writes,
      })),
    );

  const look = () => repeat('views', READ_PATIENCE_MS, serving.read);
  /** Reads from the views that serve, again if they were replaced so long ago that they may have been dropped. */
  const fromServing = async <T>(read: (views: Serving) => Promise<T>): Promise<T> => {
    for (;;) {
      const views = serving.known();
      const { generation } = views;
      const [result] = await Promise.allSettled([repeat('views', READ_PATIENCE_MS, () => read(views))]);
      const away = result.status === 'rejected' && result.reason instanceof Unavailable;
      if (away || serving.age() < CERTAIN_MS || (await look()).generation === generation) {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      }
    }
  };
  /** Documents by their ids, of each collection. */
  const askFor = new Map(
    collections.map(({ name }) => [
      name,
      askTogether(async (ids: readonly string[]) => {
        const found = await fromServing(async (views) => {
          mustHave(views, name);
          return generations
            .documents(views.generation, name)
            .find({ _id: { $in: [...ids] } })
            .toArray();
        });
        return new Map(found.map((stored) => [stored._id, docOf(stored)]));
      }),
    ]),
  );
  const inBackground = (error: unknown) => {
    if (!closing.signal.aborted) onError(error);
  };
  /** Sweeps again until no retired views are left: a sweep can fail, or come too early by the server's clock. */
  const dropRetired = async (): Promise<void> => {
    for (let pause = GRACE_MS + 100, isDone = false; !isDone; pause = SWEEP_MS) {
      await delay(pause, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      if (closing.signal.aborted) return;
      isDone = await generations.sweep().catch((error: unknown) => {
        inBackground(error);
        return false;
      });
    }
  };
  // Every process does so: the one that built may have ended.
  serving.onSwitch(() => void dropRetired());
  if (!isSwept) void dropRetired();

  return {
    async apply(batch, checkpoint) {
      const generation = continued;
      const known = serving.known();
      if (known.generation !== generation) throw elsewhere('other views began to serve');
      if (known.shape !== shape) throw new Error('these views were made for other declarations: they take no batch');
      await repeat('views', WRITE_PATIENCE_MS, async () => {
        await write(generation, batch);
        const token = fence?.();
        const { matchedCount } = await generations.serving.updateOne(
          { _id: 'serving', generation, ...(token === undefined ? {} : { fence: { $lte: token } }) },
          [{ $set: moved(checkpoint, token) }],
        );
        if (matchedCount === 1) return;
        const now = await serving.read();
        throw elsewhere(now.generation === generation ? 'another process projects' : 'other views began to serve');
      });
    },
    async get(collection, ids) {
      declared(collection);
      if (ids.length === 0) return [];
      const found = await askFor.get(collection)!(ids);
      return ids.map((id) => found.get(id));
    },
    async find(collection, find) {
      const query = queryOf(declared(collection), find);
      return fromServing((views) => {
        mustHave(views, collection, find);
        return pageOf(generations.documents(views.generation, collection), query);
      });
    },
    async checkpoint() {
      const { generation, checkpoint, mark, shape: served } = await look();
      continued = generation;
      return { position: checkpoint, mark, isOutdated: served !== shape };
    },
    build: () =>
      repeat('views', WRITE_PATIENCE_MS, async () => {
        await generations.sweep();
        const generation = await generations.begin();
        return viewBuild(generations, generation, write, async () => {
          continued = (await serving.read()).generation;
        });
      }),
    onSwitch: (listener) => serving.onSwitch(listener),
    async close() {
      closing.abort();
      serving.close();
      await close();
    },
  };
}

async function pageOf(documents: Documents<Stored>, { filter, sort, limit }: Query): Promise<Found> {
  const docs: Doc[] = [];
  let count = 0;
  let bytes = 0;
  // One more than the limit: the server need not keep a cursor for a page that one answer holds.
  for await (const stored of documents.find(filter, { sort, limit, batchSize: Math.min(limit + 1, BATCH) })) {
    count++;
    bytes += BSON.calculateObjectSize(stored);
    const doc = docOf(stored);
    if (doc !== undefined) docs.push(doc);
    if (bytes >= VIEW_PAGE_BYTES) break;
  }
  return { docs, more: count === limit || bytes >= VIEW_PAGE_BYTES };
}

/** How the checkpoint moves, never back. */
const moved = ({ position, mark }: Checkpoint, token: number | undefined) => ({
  checkpoint: { $max: ['$checkpoint', position] },
  mark: { $cond: [{ $lt: ['$checkpoint', position] }, { $literal: mark }, '$mark'] },
  ...(token === undefined ? {} : { fence: { $max: ['$fence', token] } }),
});

const elsewhere = (why: string) => new Unavailable('views', new Error(why));

/** `finished` runs once the build serves. */
function viewBuild(
  generations: Generations,
  generation: number,
  write: (generation: number, batch: readonly Placed[]) => Promise<void>,
  finished: () => Promise<void>,
): ViewBuild {
  let reached: Checkpoint = { position: 0, mark: '' };
  const givenUp = () => elsewhere('this build was given up');
  return {
    apply: (batch, checkpoint) =>
      repeat('views', WRITE_PATIENCE_MS, async () => {
        if (!(await generations.touch(generation))) throw givenUp();
        await write(generation, batch);
        if (checkpoint.position > reached.position) reached = checkpoint;
      }),
    finish: () =>
      repeat('views', WRITE_PATIENCE_MS, async () => {
        if (!(await generations.serve(generation, reached))) throw givenUp();
        await finished();
      }),
    abandon: () => repeat('views', WRITE_PATIENCE_MS, () => generations.drop(generation)),
  };
}
