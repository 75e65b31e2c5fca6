// Views in their directory: a folder for each version of the program. In it, generations of views in `views-<generation>.db`,
// and `views.json`, which names the one that serves. One process has the directory.

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

const nameOf = (version: number): string => `version-${version}`;

/** The folder of one version of the program. */
export const folderOf = (directory: string, version: number): string => join(directory, nameOf(version));

/** The versions below `version` that have a folder, the latest first. */
const earlierThan = async (directory: string, version: number): Promise<readonly number[]> =>
  (await readdir(directory))
    .map((name) => Number(/^version-(\d+)$/.exec(name)?.[1] ?? Infinity))
    .filter((each) => each < version)
    .toSorted((one, other) => other - one);

/** Never throws: what the system does not remove stays until the next time, and the views that serve go on. */
const remove = async (directory: string, namesIn: () => Promise<readonly string[]>): Promise<void> => {
  for (const name of await namesIn().catch(() => []))
    await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined);
};

/** Removes what earlier versions left. Later versions keep theirs, so that going back to one is quick. */
export const dropEarlier = (directory: string, { version }: ViewShape): Promise<void> =>
  remove(directory, async () => (await earlierThan(directory, version)).map(nameOf));

/** Removes the files of every generation but the one that serves. */
export const dropOthers = (directory: string): Promise<void> =>
  remove(directory, async () => {
    const kept = await servingGeneration(directory);
    return (await readdir(directory)).filter((name) => ![0, kept].includes(generationOf(name)));
  });

export interface Serving {
  readonly file: string;
  readonly reader: ViewReader;
  /** The first batch starts it. */
  thread?: Thread<Request, void>;
  /** The views have taken every event up to here. Undefined: the file says. */
  position?: number | undefined;
  /** Every document of a searched collection can be found. Undefined: not known. */
  hasAllWords?: boolean;
}

/** Undefined: this version has no views that can be read. */
export const openServing = async (folder: string, shape: ViewShape): Promise<Serving | undefined> => {
  const file = viewFile(folder, await servingGeneration(folder));
  const reader = openViewReader(file, shape);
  return reader && { file, reader };
};

/** The views of the latest version before this one that can be read. */
const openEarlier = async (directory: string, shape: ViewShape): Promise<Serving | undefined> => {
  for (const version of await earlierThan(directory, shape.version)) {
    const found = version < shape.readsFrom ? undefined : await openServing(folderOf(directory, version), shape);
    if (found) return found;
  }
  return undefined;
};

/**
 * The views that serve: those of this version, or of an earlier one until this one has its own, or, if none can be used,
 * empty ones made now. Removes what nobody needs any more.
 */
export const openOrMake = async (directory: string, shape: ViewShape): Promise<Serving> => {
  const folder = folderOf(directory, shape.version);
  await makeFolder(folder);
  const own = await openServing(folder, shape);
  const serving = own ?? (await openEarlier(directory, shape)) ?? (await makeEmpty(folder, shape));
  await dropOthers(folder);
  if (own) await dropEarlier(directory, shape);
  return serving;
};

const makeEmpty = async (folder: string, shape: ViewShape): Promise<Serving> => {
  const generation = await nextGeneration(folder);
  // In this thread: it takes a few milliseconds, and a thread some tens of them.
  openBuild(viewFile(folder, generation), shape).end();
  await serveGeneration(folder, generation);
  const made = await openServing(folder, shape);
  if (!made) throw new Error('the views just made cannot be read');
  return made;
};
