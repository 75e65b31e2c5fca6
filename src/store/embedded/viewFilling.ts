// Fills one file with new views, as fast as one thread can write.

import { isBug, Unavailable, type ViewBuild } from '../ports.ts';
import { startThread, type Thread } from './thread.ts';
import { openViewReader, type ViewReader } from './viewReader.ts';
import type { ViewShape } from './viewSchema.ts';
import { rowsOfBatch } from './viewTables.ts';
import type { Request, ThreadData } from './viewWorker.ts';

/** Batches that the thread has not answered: reading the log and writing overlap, within bounds. */
const AHEAD = 3;

/** A bug is for instance a change that no document can take; everything else is the system's, such as a full disk. */
export const failureOf = (error: unknown): Error =>
  isBug(error) || error instanceof Unavailable ? error : new Unavailable('views', error);

/** Starts the thread that writes one file of views. Its `ask` throws Unavailable, or a bug: see `isBug`. */
export const startViewThread = (data: ThreadData): Thread<Request, void> =>
  startThread(new URL('./viewWorker.ts', import.meta.url), data, failureOf);

export interface ViewFilling extends Pick<ViewBuild, 'apply' | 'scan'> {
  /** From here on the file can be read, and is written as live views are. `isFilled`: another thread has done it. */
  complete(isFilled?: boolean): Promise<void>;
  /** The thread that writes the complete file, if there is one: the caller's from now on. */
  takeThread(): Thread<Request, void> | undefined;
  stop(): Promise<void>;
}

/** `apply` before `complete` resolves when the thread has the batch; a later call throws what went wrong with it. */
export const fillViews = (file: string, shape: ViewShape): ViewFilling => {
  const handed: Promise<void>[] = [];
  let failure: unknown;
  let from = 0;
  let completing: Promise<void> | undefined;
  let thread: Thread<Request, void> | undefined;
  let reader: ViewReader | undefined;

  const writing = (): Thread<Request, void> => {
    thread ??= startViewThread({ file, shape, isBuild: completing === undefined });
    return thread;
  };
  const end = async (): Promise<void> => {
    const filler = writing();
    await Promise.all(handed);
    if (failure !== undefined) throw failure;
    await filler.finish('end');
    thread = undefined;
  };
  const complete: ViewFilling['complete'] = (isFilled = false) => {
    completing ??= isFilled ? Promise.resolve() : end();
    return completing;
  };
  return {
    async apply(batch, to) {
      if (failure !== undefined) throw failure;
      if (to.position <= from) return;
      await completing;
      const answer = writing().ask({ batch: rowsOfBatch(shape.tables, batch, from), to });
      from = to.position;
      if (completing !== undefined) return answer;
      handed.push(
        answer.catch((error: unknown) => {
          failure ??= error;
        }),
      );
      if (handed.length >= AHEAD) await handed.shift();
    },
    complete,
    async scan(collection, scan) {
      await complete();
      try {
        reader ??= openViewReader(file, shape);
        if (!reader) throw new Error('the views just built cannot be read');
        return reader.scan(collection, scan);
      } catch (error) {
        throw failureOf(error);
      }
    },
    takeThread() {
      if (completing === undefined) return undefined;
      const taken = thread;
      thread = undefined;
      return taken;
    },
    async stop() {
      reader?.close();
      reader = undefined;
      await completing?.catch(() => undefined);
      await thread?.stop();
    },
  };
};
