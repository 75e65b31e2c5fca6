// Views in MongoDB, for several processes: one projects, all read. No transactions, so that a standalone server will do:
// every document knows the position it has taken, and the checkpoint is written after its batch.

import { setTimeout as delay } from 'node:timers/promises';
import type { Checkpoint, Collection, Placed, ViewStore } from '../ports.ts';
import { Switched, Unavailable } from '../ports.ts';
import { declaredIn, shapeOf } from '../shared/collections.ts';
import { foldBatch } from '../shared/foldBatch.ts';
import { connectMongo, type MongoSource, OPEN_PATIENCE_MS, repeat } from './connection.ts';
import { GRACE_MS, generationsOf } from './generations.ts';
import { watchServing } from './servingViews.ts';
import { READ_PATIENCE_MS, readViews } from './viewReading.ts';
import { writeDocuments } from './writeDocuments.ts';

export type MongoViewStoreOptions = MongoSource & {
  readonly collections: readonly Collection[];
  /** Token of this process's lease on projecting. Once a holder with a higher one has written, batches are refused. */
  readonly fence?: () => number;
  /** Receives what fails in the background: looking for a switch, dropping old views. */
  readonly onError?: (error: unknown) => void;
};

/** Milliseconds that writes are repeated while the server is away. Batches come again anyway. */
const WRITE_PATIENCE_MS = 2_000;
/** Between two sweeps, while retired views are left. */
const SWEEP_MS = 1_000;

/**
 * Makes what is missing of collections and indexes; views made for other declarations serve what they can until a build takes
 * their place. Documents of one batch become visible one by one.
 * @throws Unavailable
 */
export const openMongoViewStore = async (options: MongoViewStoreOptions): Promise<ViewStore> => {
  const { collections, fence, onError = () => {} } = options;
  const { db, close } = await connectMongo(options);
  const generations = generationsOf(db, collections);
  let isSwept = false;
  const serving = await repeat('views', OPEN_PATIENCE_MS, async () => {
    await generations.complete();
    isSwept = await generations.sweep();
    return watchServing(await generations.ensure(), generations.ensure, onError);
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  /** The views whose checkpoint was answered last: the only ones a batch may go to, since it continues from there. */
  let continued = serving.known().generation;
  const closing = new AbortController();
  const shape = shapeOf(collections);
  const write = (generation: number, batch: readonly Placed[]): Promise<void> =>
    writeDocuments(
      Array.from(foldBatch(batch), ([name, writes]) => ({
        collection: generations.documents(generation, declaredIn(collections, name).name),
        writes,
      })),
    );

  /** Sweeps again until no retired views are left: a sweep can fail, or come too early by the server's clock. */
  const dropRetired = async (): Promise<void> => {
    for (let pause = GRACE_MS + 100, isDone = false; !isDone; pause = SWEEP_MS) {
      await delay(pause, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      if (closing.signal.aborted) return;
      isDone = await generations.sweep().catch((error: unknown) => {
        if (!closing.signal.aborted) onError(error);
        return false;
      });
    }
  };
  // Every process does so: the one that built may have ended.
  serving.onSwitch(() => void dropRetired());
  if (!isSwept) void dropRetired();

  return {
    ...readViews(collections, generations, serving),
    async apply(batch, checkpoint) {
      const generation = continued;
      const known = serving.known();
      if (known.generation !== generation) throw new Switched();
      if (known.shape !== shape) throw new Error('these views were made for other declarations: they take no batch');
      await repeat('views', WRITE_PATIENCE_MS, async () => {
        await write(generation, batch);
        const token = fence?.();
        const { matchedCount } = await generations.serving.updateOne(
          { _id: 'serving', generation, ...(token === undefined ? {} : { fence: { $lte: token } }) },
          [{ $set: moved(checkpoint, token) }],
        );
        if (matchedCount === 1) return;
        if ((await serving.read()).generation !== generation) throw new Switched();
        throw new Unavailable('views', new Error('another process projects'));
      });
    },
    async checkpoint() {
      const { generation, checkpoint, mark, shape: served } = await repeat('views', READ_PATIENCE_MS, serving.read);
      continued = generation;
      return { position: checkpoint, mark, isOutdated: served !== shape };
    },
    async build() {
      const generation = await repeat('views', WRITE_PATIENCE_MS, async () => {
        await generations.sweep();
        return generations.begin();
      });
      let reached: Checkpoint = { position: 0, mark: '' };
      const mustLive = (isThere: boolean): void => {
        if (!isThere) throw new Unavailable('views', new Error('this build was given up'));
      };
      return {
        apply: (batch, checkpoint) =>
          repeat('views', WRITE_PATIENCE_MS, async () => {
            mustLive(await generations.touch(generation));
            await write(generation, batch);
            if (checkpoint.position > reached.position) reached = checkpoint;
          }),
        finish: () =>
          repeat('views', WRITE_PATIENCE_MS, async () => {
            mustLive(await generations.serve(generation, reached));
            await serving.read();
          }),
        abandon: () => repeat('views', WRITE_PATIENCE_MS, () => generations.drop(generation)),
      };
    },
    onSwitch: (listener) => serving.onSwitch(listener),
    async close() {
      closing.abort();
      serving.close();
      await close();
    },
  };
};

/** How the checkpoint moves, never back. */
const moved = ({ position, mark }: Checkpoint, token: number | undefined) => ({
  checkpoint: { $max: ['$checkpoint', position] },
  mark: { $cond: [{ $lt: ['$checkpoint', position] }, { $literal: mark }, '$mark'] },
  ...(token === undefined ? {} : { fence: { $max: ['$fence', token] } }),
});
