// The embedded adapter of the view store: SQLite files in one directory. Reads run on the main thread, writes in a
// thread of their own. Several processes may have the directory open; they follow each other's swaps.

import { errcodeOf, isFailedSync } from '../cause.ts';
import {
  type Checkpoint,
  type Collection,
  type Doc,
  type Find,
  type Found,
  type Placed,
  type Standing,
  Switched,
  Unavailable,
  type ViewBuild,
  type ViewStore,
} from '../ports.ts';
import { isDamage } from './damage.ts';
import { noViews, openOrMake, openServing, type Serving } from './servingViews.ts';
import { startViewBuild } from './viewBuild.ts';
import { lockBuilds, pointerToken } from './viewFiles.ts';
import type { ViewReader } from './viewReader.ts';
import { rowsOf } from './viewRows.ts';
import { type ViewShape, viewShape } from './viewSchema.ts';
import { startViewThread, type ViewThread } from './viewThread.ts';

export interface EmbeddedViewOptions {
  /** Made where it is missing, unless `readOnly`. */
  readonly directory: string;
  readonly collections: readonly Collection[];
  /** Only `get`, `find` and `checkpoint`; starts no thread and changes no file. Default false. */
  readonly readOnly?: boolean;
}

/** Milliseconds between looks for a swap made by another process. */
const LOOK = 250;

/**
 * Opens the views of `directory`. Where there are none, or they are damaged, empty ones are made, with checkpoint 0. Those
 * made for other declarations serve what they can until a build takes their place.
 * @throws Unavailable the directory cannot be used.
 */
export async function openEmbeddedViewStore(options: EmbeddedViewOptions): Promise<ViewStore> {
  const shape = viewShape(options.collections);
  try {
    if (options.readOnly) {
      const serving = (await openServing(options.directory, shape)) ?? noViews(shape);
      return new EmbeddedViewStore(options.directory, shape, serving, true);
    }
    return new EmbeddedViewStore(options.directory, shape, await openOrMake(options.directory, shape), false);
  } catch (error) {
    throw error instanceof Unavailable ? error : new Unavailable('views', error);
  }
}

class EmbeddedViewStore implements ViewStore {
  readonly #directory: string;
  readonly #shape: ViewShape;
  readonly #readOnly: boolean;
  readonly #looking: NodeJS.Timeout;
  readonly #listeners: (() => void)[] = [];
  /** The last one begun; one at a time runs. */
  #build: ViewBuild | undefined;
  #serving: Serving;
  #thread: ViewThread | undefined;
  /** What writes or swaps takes turns, so that a batch goes wholly to one generation. */
  #turn: Promise<unknown> = Promise.resolve();
  #renewing: boolean = false;
  /** Met where nobody waits for an answer; whoever writes next is told. */
  #failedSync: unknown;
  #closed: boolean = false;
  /** Highest checkpoint told to the caller: its next batch starts there or earlier. */
  #told = 0;
  /** Whether the views lack events the caller believes taken, and it has not asked where they are since. */
  #behind: boolean = false;
  /** Whether that was so right after the last swap: batches handed over before it are refused. */
  #lacking: boolean = false;

  constructor(directory: string, shape: ViewShape, serving: Serving, readOnly: boolean) {
    this.#directory = directory;
    this.#shape = shape;
    this.#serving = serving;
    this.#readOnly = readOnly;
    this.#looking = setInterval(() => void this.#look(), LOOK).unref();
  }

  async get(collection: string, ids: readonly string[]): Promise<readonly (Doc | undefined)[]> {
    return this.#read((reader) => reader.get(collection, ids));
  }

  async find(collection: string, find: Find): Promise<Found> {
    return this.#read((reader) => reader.find(collection, find));
  }

  async checkpoint(): Promise<Standing> {
    const standing = this.#standing();
    this.#behind = false;
    this.#told = Math.max(this.#told, standing.position);
    return standing;
  }

  /**
   * As the port says; since a batch and its checkpoint are one transaction, a document takes each position once if
   * events at or below the checkpoint are left out. The checkpoint never goes back.
   * @throws Switched the views were swapped for some that lack events before this batch: nothing was written.
   */
  async apply(batch: readonly Placed[], checkpoint: Checkpoint): Promise<void> {
    this.#mustWrite();
    const believed = this.#serving;
    // Asked for its checkpoint only after this batch was handed over, the caller knew nothing of the swap with it.
    const wasBehind = this.#behind;
    await this.#inTurn(async () => {
      if (wasBehind || this.#behind || (this.#serving !== believed && this.#lacking)) throw new Switched();
      const { position: from, isOutdated } = this.#standing();
      if (isOutdated) throw new Error('these views were made for other declarations: they take no batch');
      if (checkpoint.position <= from) return;
      const rows = rowsOf(this.#shape.tables, batch, from);
      try {
        const thread = await this.#writer();
        await thread.ask({ ask: 'apply', batch: rows, from, to: checkpoint });
      } catch (error) {
        this.#heal(error);
        throw error;
      }
      this.#told = Math.max(this.#told, checkpoint.position);
    });
  }

  /** @throws Unavailable also while another build runs, here or elsewhere. */
  async build(): Promise<ViewBuild> {
    this.#mustWrite();
    const unlock = await lockBuilds(this.#directory);
    if (!unlock) throw new Unavailable('views', new Error('another build is running'));
    const build = await startViewBuild(this.#directory, this.#shape, unlock, () => this.#follow());
    this.#build = build;
    return build;
  }

  onSwitch(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#looking);
    await this.#build?.abandon();
    await this.#inTurn(async () => {
      this.#serving.reader.close();
      try {
        if (!this.#thread?.ended()) await this.#thread?.ask({ ask: 'close' });
      } catch (error) {
        // Views that another process replaced a moment ago have no file to close in good order.
        if (!(await this.#areReplaced())) throw error;
      } finally {
        await this.#thread?.stop();
      }
    });
  }

  #mustWrite(): void {
    if (this.#readOnly || this.#closed) throw new Error('these views are not open for writing');
    if (this.#failedSync !== undefined) throw this.#failedSync;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined); // whoever asked for it hears of it
    return result;
  }

  #read<T>(read: (reader: ViewReader) => T): T {
    try {
      return read(this.#serving.reader);
    } catch (error) {
      this.#heal(error);
      // What views of another shape do not have is on its way: the new ones are being built.
      const isLacking = error instanceof TypeError && this.#serving.reader.isOutdated;
      throw isLacking || errcodeOf(error) !== undefined ? new Unavailable('views', error) : error;
    }
  }

  #standing(): Standing {
    return this.#read((reader) => reader.checkpoint());
  }

  async #writer(): Promise<ViewThread> {
    if (this.#thread && !this.#thread.ended()) return this.#thread;
    const file = this.#serving.file ?? '';
    const thread = startViewThread({ file, collections: this.#shape.collections, build: false });
    try {
      await thread.ask({ ask: 'open' });
    } catch (error) {
      await thread.stop();
      throw error;
    }
    this.#thread = thread;
    return thread;
  }

  async #areReplaced(): Promise<boolean> {
    const token = await pointerToken(this.#directory);
    return token !== undefined && token !== this.#serving.token;
  }

  async #look(): Promise<void> {
    try {
      if (await this.#areReplaced()) await this.#follow();
    } catch {
      // What served still serves; the next look tries again.
    }
  }

  /** Turns to the views the pointer names, unless they are those that serve, or cannot be used. */
  async #follow(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#closed || (await pointerToken(this.#directory)) === this.#serving.token) return;
      const next = await openServing(this.#directory, this.#shape);
      if (!next) return;
      if (next.reader.isOutdated && !this.#serving.reader.isOutdated) return next.reader.close();
      const [{ reader }, thread] = [this.#serving, this.#thread];
      this.#serving = next;
      this.#thread = undefined;
      const { position } = next.reader.checkpoint();
      this.#lacking = this.#behind || position < this.#told;
      this.#behind = this.#lacking;
      this.#told = position;
      // In one go with the swap: nobody reads the new views and takes them for the old ones.
      for (const listener of this.#listeners) listener();
      reader.close();
      await thread?.stop();
    });
  }

  /** Damaged views are replaced by empty ones, which the projector fills again. */
  #heal(error: unknown): void {
    if (!isDamage(error) || this.#readOnly || this.#renewing) return;
    this.#renewing = true;
    this.build()
      .then((build) => build.finish())
      .catch((failure: unknown) => {
        // A build is running or the disk is full: the next read of the damage tries again.
        if (isFailedSync(failure)) this.#failedSync = failure;
      })
      .finally(() => {
        this.#renewing = false;
      });
  }
}
