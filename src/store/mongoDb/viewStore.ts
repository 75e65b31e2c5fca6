// Views in MongoDB, for several processes: one projects, all read. No transactions, so that a standalone server will do:
// every document knows the position it has taken, and the checkpoint is written after its batch.

import { setTimeout as delay } from 'node:timers/promises';
import type { Checkpoint, Placed, Shape, ViewStore } from '../ports.ts';
import { Switched, Unavailable } from '../ports.ts';
import { declaredIn, textOf } from '../shared/collections.ts';
import { foldBatch } from '../shared/foldBatch.ts';
import { connectMongo, type MongoSource, OPEN_PATIENCE_MS, repeat } from './connection.ts';
import { GRACE_MS, generationsOf, type Serving } from './generations.ts';
import { createScanning } from './scanning.ts';
import { watchServing } from './servingViews.ts';
import { READ_PATIENCE_MS, readViews } from './viewReading.ts';
import { createWriteDocuments, mendDocuments } from './writeDocuments.ts';

export type MongoViewStoreOptions = MongoSource & {
  readonly shape: Shape;
  /** Token of this process's lease on projecting. Once a holder with a higher one has written, batches are refused. */
  readonly fence?: () => number;
  /** Fills this build, of another thread, in place of a new one. */
  readonly place?: string;
  /** Receives what fails in the background: looking for a switch, dropping old views. */
  readonly onError?: (error: unknown) => void;
};

/** Milliseconds that writes are repeated while the server is away. Batches come again anyway. */
const WRITE_PATIENCE_MS = 2_000;
/** Between a sweep that failed and the next, in milliseconds. */
const SWEEP_AGAIN_MS = 1_000;

const NO_VERSION = -1;

/** A thread that fills a build has a low priority: the answers of the server wait for it, not it for them. */
const APART = 20;

/**
 * Makes what is missing of collections and indexes. Views of an earlier version serve what they can until this one has built
 * its own. Documents of one batch become visible one by one.
 * @throws Unavailable
 */
export const openMongoViewStore = async (options: MongoViewStoreOptions): Promise<ViewStore> => {
  const { shape, fence, place, onError = () => {} } = options;
  const { db, close } = await connectMongo(options, place === undefined ? 1 : APART);
  const generations = generationsOf(db, shape);
  let nextSweep: number | undefined;
  const serving = await repeat('views', OPEN_PATIENCE_MS, async () => {
    // What every batch asks for. A server without it says so at the start, and not when somebody has written.
    await generations.serving.updateOne({ _id: NO_VERSION }, [{ $set: moved({ position: 0, mark: '' }, 0) }]);
    await generations.complete();
    nextSweep = await generations.sweep();
    return watchServing(await generations.look(), generations.look, onError);
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  /** The views whose checkpoint was answered last: the only ones a batch may go to, since it continues from there. */
  let continued: Pick<Serving, 'generation' | 'checkpoint'> = serving.known();
  const closing = new AbortController();
  const text = textOf(shape);
  const scanning = createScanning();
  const writeDocuments = createWriteDocuments();
  const write = (generation: string, batch: readonly Placed[]): Promise<void> =>
    writeDocuments(
      Array.from(foldBatch(batch), ([name, writes]) => ({
        collection: generations.documents(generation, declaredIn(shape.collections, name).name),
        writes,
      })),
    );

  let sweeping = new AbortController();
  /** Sweeps again until nothing is left to drop: a sweep can fail, or come too early by the server's clock. */
  const keepSweeping = async (first: number | undefined): Promise<void> => {
    sweeping.abort();
    sweeping = new AbortController();
    const signal = AbortSignal.any([closing.signal, sweeping.signal]);
    for (let pause = first; pause !== undefined; ) {
      await delay(pause, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      pause = await generations.sweep().catch((error: unknown) => {
        if (!signal.aborted) onError(error);
        return SWEEP_AGAIN_MS;
      });
    }
  };
  // Every process does so: the one that built may have ended.
  serving.onSwitch(() => void keepSweeping(GRACE_MS + 100));
  void keepSweeping(nextSweep);

  return {
    ...readViews(shape, generations, serving, scanning),
    async apply(batch, checkpoint) {
      const { generation, checkpoint: reached } = continued;
      const known = serving.known();
      if (known.generation !== generation) throw new Switched();
      if (known.shape !== text) throw new Error('these views are of another version: they take no batch');
      await repeat('views', WRITE_PATIENCE_MS, async () => {
        await write(generation, batch);
        const token = fence?.();
        const { matchedCount } = await generations.serving.updateOne(
          {
            _id: shape.version,
            generation,
            checkpoint: { $gte: reached },
            ...(token === undefined ? {} : { fence: { $lte: token } }),
          },
          [{ $set: moved(checkpoint, token) }],
        );
        if (matchedCount === 1) return;
        const present = await serving.read();
        if (present.generation === generation && present.checkpoint < reached) {
          // An older state of the database was restored, and this batch has left a gap in it.
          await generations.beginAgain(present);
        }
        if ((await serving.read()).generation !== generation) throw new Switched();
        throw new Unavailable('views', new Error('another process projects'));
      });
      if (continued.generation === generation && checkpoint.position > continued.checkpoint)
        continued = { generation, checkpoint: checkpoint.position };
    },
    async checkpoint() {
      const { generation, checkpoint, mark, shape: served } = await repeat('views', READ_PATIENCE_MS, serving.read);
      continued = { generation, checkpoint };
      return { position: checkpoint, mark, isOutdated: served !== text };
    },
    async mend(mendsAt) {
      const { generation, checkpoint, shape: served } = await repeat('views', READ_PATIENCE_MS, serving.read);
      if (served !== text) throw new Unavailable('views', new Error('they are of another version'));
      const byName = Map.groupBy(await mendsAt(checkpoint), ({ collection }) => collection);
      await scanning.end();
      await repeat('views', WRITE_PATIENCE_MS, async () => {
        for (const [name, mends] of byName) {
          const { name: declared } = declaredIn(shape.collections, name);
          await mendDocuments(generations.documents(generation, declared), checkpoint, mends);
        }
      });
    },
    async build() {
      const begin = async (): Promise<string> => {
        await generations.sweep();
        return generations.begin();
      };
      const generation = place ?? (await repeat('views', WRITE_PATIENCE_MS, begin));
      let reached: Checkpoint = { position: 0, mark: '' };
      const own = createScanning();
      const mustLive = (isThere: boolean): void => {
        if (!isThere) throw new Unavailable('views', new Error('this build was given up'));
      };
      /** Others drop a build that shows no life for long. */
      const showLife = async (): Promise<void> => mustLive(await generations.touch(generation));
      return {
        place: generation,
        apply: (batch, checkpoint) =>
          repeat('views', WRITE_PATIENCE_MS, async () => {
            await showLife();
            await write(generation, batch);
            if (checkpoint.position > reached.position) reached = checkpoint;
          }),
        async complete(to) {
          if (to && to.position > reached.position) reached = to;
        },
        scan: async (collection, scan) => {
          const documents = generations.documents(generation, declaredIn(shape.collections, collection).name);
          return repeat('views', READ_PATIENCE_MS, async () => {
            await showLife();
            return own.page(documents, scan, reached.position);
          });
        },
        finish: () =>
          repeat('views', WRITE_PATIENCE_MS, async () => {
            mustLive(await generations.serve(generation, reached));
            await serving.read();
          }),
        abandon: () => repeat('views', WRITE_PATIENCE_MS, () => generations.drop(generation)),
      };
    },
    scrub: async () => undefined,
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
