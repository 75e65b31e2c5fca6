// Builds the next generation of views beside the one that serves.

import type { ViewBuild } from '../ports.ts';
import type { Thread } from './thread.ts';
import { dropOthers, nextGeneration, serveGeneration, viewFile } from './viewFiles.ts';
import { failureOf, fillViews } from './viewFilling.ts';
import { openViewReader, type ViewReader } from './viewReader.ts';
import type { ViewShape } from './viewSchema.ts';
import type { Request } from './viewWorker.ts';

/**
 * @param turnTo makes the views in a file the ones that are read, and written by a thread, if there is one already. It does not
 * fail: they are named as those that serve.
 * @throws Unavailable
 */
export const startViewBuild = async (
  directory: string,
  shape: ViewShape,
  turnTo: (file: string, reader: ViewReader, thread: Thread<Request, void> | undefined) => Promise<void>,
  onEnd: () => void,
): Promise<ViewBuild> => {
  const generation = await dropOthers(directory)
    .then(() => nextGeneration(directory))
    .catch((error: unknown) => {
      throw failureOf(error);
    });
  const file = viewFile(directory, generation);
  const filling = fillViews(file, shape);
  let finishing: Promise<void> | undefined;
  let abandoning: Promise<void> | undefined;

  const mustGoOn = (): void => {
    if (finishing !== undefined || abandoning !== undefined) throw new Error('the build has ended');
  };
  const clear = async (): Promise<void> => {
    await filling.stop();
    await dropOthers(directory).finally(onEnd);
  };
  const serve = async (): Promise<void> => {
    try {
      await filling.complete();
      const reader = openViewReader(file, shape);
      if (!reader) throw new Error('the views just built cannot be read');
      await serveGeneration(directory, generation).catch((error: unknown) => {
        reader.close();
        throw error;
      });
      await turnTo(file, reader, filling.takeThread());
    } catch (error) {
      throw failureOf(error);
    } finally {
      await clear();
    }
  };
  return {
    place: file,
    async apply(batch, to) {
      mustGoOn();
      await filling.apply(batch, to);
    },
    complete: (to) => filling.complete(to !== undefined),
    async scan(collection, scan) {
      mustGoOn();
      return filling.scan(collection, scan);
    },
    async finish() {
      if (abandoning !== undefined) throw new Error('the build has ended');
      finishing ??= serve();
      await finishing;
    },
    async abandon() {
      // A swap cannot be left half-way; the caller of `finish` receives its failure.
      if (finishing !== undefined) return finishing.catch(() => undefined);
      abandoning ??= clear();
      await abandoning;
    },
  };
};
