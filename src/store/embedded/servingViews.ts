// The views that serve: finds them at the start, or makes empty ones.

import { makeFolder } from './syncFolder.ts';
import { dropOthers, nextGeneration, serveGeneration, servingGeneration, viewFile } from './viewFiles.ts';
import { openViewReader, type ViewReader } from './viewReader.ts';
import type { ViewShape } from './viewSchema.ts';
import type { ViewThread } from './viewThread.ts';
import { openBuild } from './viewWriter.ts';

export interface Serving {
  readonly file: string;
  readonly reader: ViewReader;
  /** Started by the first batch. */
  thread?: ViewThread;
}

/** The views that serve, or, where there are none to use, empty ones made now. What a crash left beside them is removed. */
export const openOrMake = async (directory: string, shape: ViewShape): Promise<Serving> => {
  await makeFolder(directory);
  let file = viewFile(directory, await servingGeneration(directory));
  let reader = openViewReader(file, shape);
  if (!reader) {
    const generation = await nextGeneration(directory);
    file = viewFile(directory, generation);
    // In this thread: it takes a few milliseconds, and a thread some tens of them.
    openBuild(file, shape).end();
    await serveGeneration(directory, generation);
    reader = openViewReader(file, shape);
    if (!reader) throw new Error('the views just made cannot be read');
  }
  await dropOthers(directory);
  return { file, reader };
};
