// Generations of views in their directory: `views-<generation>.db` each, and `views.json`, which names the one that serves.
// One process has the directory.

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeDurably } from './durable.ts';
import type { Thread } from './thread.ts';
import { openViewReader, type ViewReader } from './viewReader.ts';
import type { ViewShape } from './viewSchema.ts';
import type { Request } from './viewWorker.ts';
import { openBuild } from './viewWriter.ts';

const generationOf = (name: string): number => Number(/^views-(\d+)\./.exec(name)?.[1] ?? 0);

export const viewFile = (directory: string, generation: number): string => join(directory, `views-${generation}.db`);

/** 0: no views serve, or the file that names them is damaged. */
const servingGeneration = async (directory: string): Promise<number> => {
  const text = await readFile(join(directory, 'views.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return Number(/^\{"generation":(\d{1,15})\}$/.exec(text)?.[1] ?? 0);
};

/** Makes `generation` the one that serves. After a crash the old one serves or the new one. */
export const serveGeneration = (directory: string, generation: number): Promise<void> =>
  writeDurably(join(directory, 'views.json'), JSON.stringify({ generation }));

/** A generation that no file has. */
export const nextGeneration = async (directory: string): Promise<number> =>
  Math.max(await servingGeneration(directory), ...(await readdir(directory)).map(generationOf)) + 1;

/** Removes the files of every generation but the one that serves. What the system does not remove stays until the next time. */
export const dropOthers = async (directory: string): Promise<void> => {
  const kept = await servingGeneration(directory);
  for (const name of await readdir(directory)) {
    const generation = generationOf(name);
    if (generation > 0 && generation !== kept) await rm(join(directory, name), { force: true }).catch(() => undefined);
  }
};

export interface Serving {
  readonly file: string;
  readonly reader: ViewReader;
  /** The first batch starts it. */
  thread?: Thread<Request, void>;
}

/** The views that serve, or, if none can be used, empty ones made now. Removes what a crash left beside them. */
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
