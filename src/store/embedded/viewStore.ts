// The embedded adapter of the view store: SQLite files in one directory. Reads run on the main thread, writes in a
// thread of their own.

import { errcodeOf, isDamage, isFailedSync } from '../cause.ts';
import { type Checkpoint, type Shape, Switched, Unavailable, type ViewBuild, type ViewStore } from '../ports.ts';
import { placedMends } from '../shared/collections.ts';
import { startViewBuild } from './viewBuild.ts';
import { dropEarlier, folderOf, openOrMake, type Serving } from './viewFiles.ts';
import { startViewThread } from './viewFilling.ts';
import type { ViewReader } from './viewReader.ts';
import { viewShape } from './viewSchema.ts';
import { type Rows, rowsOfBatch } from './viewTables.ts';

export interface EmbeddedViewOptions {
  /** Made if missing. No other process may have it open: take the lock of the data directory before. */
  readonly directory: string;
  readonly shape: Shape;
}

/**
 * Opens the views of `directory`. Where there are none, or they are damaged, empty ones are made, with checkpoint 0. Those of
 * an earlier version serve what they can until this one has built its own.
 * @throws Unavailable the directory cannot be used.
 */
export const openEmbeddedViewStore = async (options: EmbeddedViewOptions): Promise<ViewStore> => {
  const { directory } = options;
  const shape = viewShape(options.shape);
  let serving = await openOrMake(directory, shape).catch((error: unknown) => {
    throw new Unavailable('views', error);
  });
  /** The views whose checkpoint was answered last: the only ones a batch may go to, since it continues from there. */
  let continued = serving;
  let building: Promise<ViewBuild> | undefined;
  const listeners: (() => void)[] = [];
  /** Writes and swaps take turns, so that a batch goes wholly to one generation. */
  let lastTurn: Promise<unknown> = Promise.resolve();
  /** A failed sync that no caller waited for: the next write throws it. */
  let failedSync: unknown;
  let isClosed = false;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = lastTurn.then(work);
    lastTurn = result.catch(() => undefined);
    return result;
  };

  const mustWrite = (): void => {
    if (isClosed) throw new Error('these views are closed');
    if (failedSync !== undefined) throw failedSync;
  };

  const build = async (): Promise<ViewBuild> => {
    mustWrite();
    if (building !== undefined) throw new Unavailable('views', new Error('another build is running'));
    const onEnd = (): void => {
      building = undefined;
    };
    building = startViewBuild(folderOf(directory, shape.version), shape, turnTo, onEnd);
    building.catch(onEnd);
    return building;
  };

  const turnTo = async (file: string, reader: ViewReader, ready: Serving['thread']): Promise<void> => {
    const old = await inTurn(async () => {
      const before = serving;
      // The thread of the old views goes on with the new ones: to start another takes 70 ms of a core.
      if (!ready) await before.thread?.finish('close').catch(() => undefined);
      const thread = ready ?? startViewThread({ file, shape, isBuild: false });
      await thread.ask('open').catch((error: unknown) => {
        // The new views are named as those that serve, and the files of the old ones go. The next write opens them again.
        if (isFailedSync(error)) failedSync = error;
      });
      serving = { file, reader, thread };
      // In one go with the swap: no reader takes the new views for the old ones.
      for (const listener of listeners) listener();
      return before;
    });
    // Nobody waits for the end of the old ones.
    old.reader.close();
    await old.thread?.stop();
    await dropEarlier(directory, shape);
  };

  const writing = () => {
    const { file, thread } = serving;
    if (!thread || thread.hasEnded) serving.thread = startViewThread({ file, shape, isBuild: false });
    return serving.thread!;
  };

  /** Damaged views are replaced by empty ones, which the projector fills again. */
  const heal = (error: unknown): void => {
    if (!isDamage(error) || building !== undefined) return;
    build()
      .then((empty) => empty.finish())
      .catch((failure: unknown) => {
        // After another failure, such as a full disk, the next read of the damage tries again.
        if (isFailedSync(failure)) failedSync = failure;
      });
  };

  const read = <T>(work: (reader: ViewReader) => T): T => {
    try {
      return work(serving.reader);
    } catch (error) {
      heal(error);
      // Views of an earlier version may lack something that the views being built will have.
      const isLacking = error instanceof TypeError && serving.reader.isOutdated;
      throw isLacking || errcodeOf(error) !== undefined ? new Unavailable('views', error) : error;
    }
  };

  /** Hands rows to the thread of the views that serve. Only in turn. */
  const write = async (rows: readonly Rows[], to: Checkpoint): Promise<void> => {
    const thread = writing();
    serving.position = undefined;
    if (rows.some(({ table }) => shape.tables[table]!.words)) serving.hasAllWords = false;
    await thread.ask({ batch: rows, to }).catch((error: unknown) => {
      heal(error);
      throw error;
    });
    serving.position = to.position;
  };

  /** Has the documents that wait taken into the indexes of words. Only in turn. */
  const takeInWords = async (): Promise<void> => {
    if (serving.hasAllWords || isClosed) return;
    await writing().ask('takeInWords');
    serving.hasAllWords = true;
  };

  return {
    get: async (collection, ids) => read((reader) => reader.get(collection, ids)),
    find: async (collection, find) => read((reader) => reader.find(collection, find)),
    count: async (collection, stretch) => read((reader) => reader.count(collection, stretch)),
    async search(collection, search) {
      if (serving.hasAllWords || serving.reader.isOutdated) return read((reader) => reader.search(collection, search));
      await inTurn(takeInWords);
      return read((reader) => reader.search(collection, search));
    },
    async checkpoint() {
      const found = read((reader) => reader.checkpoint());
      continued = serving;
      return found;
    },
    /** A batch and its checkpoint are one transaction, so a document takes each position once. */
    async apply(batch, checkpoint) {
      mustWrite();
      const believed = continued;
      await inTurn(async () => {
        if (serving !== believed) throw new Switched();
        const { reader, position = read(() => reader.checkpoint().position) } = serving;
        if (reader.isOutdated) throw new Error('these views are of another version: they take no batch');
        if (checkpoint.position <= position) return;
        await write(rowsOfBatch(shape.tables, batch, position), checkpoint);
      });
    },
    scan: async (collection, scan) =>
      read((reader) => {
        if (reader.isOutdated) throw new Unavailable('views', new Error('they are of another version'));
        return reader.scan(collection, scan);
      }),
    async mend(mendsAt) {
      mustWrite();
      await inTurn(async () => {
        const { isOutdated, ...at } = read((reader) => reader.checkpoint());
        if (isOutdated) throw new Unavailable('views', new Error('they are of another version'));
        const mends = await mendsAt(at.position);
        if (mends.length > 0) await write(rowsOfBatch(shape.tables, placedMends(at.position, mends), 0), at);
      });
    },
    async scrub() {
      mustWrite();
      await inTurn(async () => {
        if (serving.reader.isOutdated) return;
        await writing().ask('scrub');
      });
    },
    build,
    onSwitch: (listener) => void listeners.push(listener),
    async close() {
      if (isClosed) return;
      isClosed = true;
      const last = await building?.catch(() => undefined);
      await last?.abandon();
      await inTurn(async () => {
        const { reader, thread } = serving;
        reader.close();
        if (thread && !thread.hasEnded) await thread.finish('end');
      });
    },
  };
};
