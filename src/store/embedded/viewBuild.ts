// Builds the next generation of views beside the one that serves, as fast as one thread can write.

import { Unavailable, type ViewBuild } from '../ports.ts';
import { startThread, type Thread } from './thread.ts';
import { dropOthers, nextGeneration, serveGeneration, viewFile } from './viewFiles.ts';
import { openViewReader, type ViewReader } from './viewReader.ts';
import type { ViewShape } from './viewSchema.ts';
import { rowsOfBatch } from './viewTables.ts';
import type { Request, ThreadData } from './viewWorker.ts';

/** Batches that the thread has not answered: reading the log and writing overlap, within bounds. */
const AHEAD = 3;

/** A TypeError is a change that no document can take; everything else is the system's, for instance a full disk. */
const failureOf = (error: unknown): Error =>
  error instanceof TypeError || error instanceof Unavailable ? error : new Unavailable('views', error);

/** Starts the thread that writes one file of views. Its `ask` throws Unavailable, or TypeError. */
export const startViewThread = (data: ThreadData): Thread<Request, void> =>
  startThread(new URL('./viewWorker.ts', import.meta.url), data, failureOf);

/**
 * `apply` of a build that is not complete resolves when the thread has the batch; a later call throws what went wrong with it.
 * @param turnTo makes the views in a file the ones that are read, and written by a thread.
 * @throws Unavailable
 */
export const startViewBuild = async (
  directory: string,
  shape: ViewShape,
  turnTo: (file: string, thread: Thread<Request, void>) => Promise<void>,
  onEnd: () => void,
): Promise<ViewBuild> => {
  const generation = await dropOthers(directory)
    .then(() => nextGeneration(directory))
    .catch((error: unknown) => {
      throw failureOf(error);
    });
  const file = viewFile(directory, generation);
  const thread = startViewThread({ file, shape, isBuild: true });
  const handed: Promise<void>[] = [];
  let failure: unknown;
  let from = 0;
  let completing: Promise<void> | undefined;
  let live: Thread<Request, void> | undefined;
  let reader: ViewReader | undefined;
  let finishing: Promise<void> | undefined;
  let abandoning: Promise<void> | undefined;

  const mustGoOn = (): void => {
    if (finishing !== undefined || abandoning !== undefined) throw new Error('the build has ended');
  };
  /** From here on the file can be read, and is written as live views are. */
  const complete = (): Promise<void> => {
    completing ??= Promise.all(handed)
      .then(async () => {
        if (failure !== undefined) throw failure;
        await thread.finish('end');
        live = startViewThread({ file, shape, isBuild: false });
        await live.ask('open');
      })
      .catch((error: unknown) => {
        throw failureOf(error);
      });
    return completing;
  };
  const clear = async (): Promise<void> => {
    reader?.close();
    reader = undefined;
    await thread.stop();
    await live?.stop();
    await dropOthers(directory).finally(onEnd);
  };
  const serve = async (): Promise<void> => {
    try {
      await complete();
      await serveGeneration(directory, generation);
      await turnTo(file, live!);
      live = undefined;
    } catch (error) {
      throw failureOf(error);
    } finally {
      await clear();
    }
  };
  return {
    async apply(batch, to) {
      mustGoOn();
      if (failure !== undefined) throw failure;
      if (to.position <= from) return;
      await completing;
      const answer = (live ?? thread).ask({ batch: rowsOfBatch(shape.tables, batch, from), to });
      from = to.position;
      if (live !== undefined) return answer;
      handed.push(
        answer.catch((error: unknown) => {
          failure ??= error;
        }),
      );
      if (handed.length >= AHEAD) await handed.shift();
    },
    complete,
    async scan(collection, scan) {
      mustGoOn();
      await complete();
      reader ??= openViewReader(file, shape);
      if (!reader) throw new Unavailable('views', new Error('the views just built cannot be read'));
      return reader.scan(collection, scan);
    },
    async finish() {
      if (abandoning !== undefined) throw new Error('the build has ended');
      finishing ??= serve();
      await finishing;
    },
    async abandon() {
      // A swap cannot be left half-way; the caller of `finish` receives its failure.
      if (finishing !== undefined) return finishing.catch(() => undefined);
      abandoning ??= (completing ?? Promise.resolve()).catch(() => undefined).then(clear);
      await abandoning;
    },
  };
};
