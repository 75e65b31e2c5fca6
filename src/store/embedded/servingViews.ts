// The views that serve: finds them by the pointer, or makes empty ones.

import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '../ports.ts';
import { dropOthers, lockBuilds, nextGeneration, readPointer, viewFile, writePointer } from './viewFiles.ts';
import { emptyViewReader, openViewReader, type ViewReader } from './viewReader.ts';
import type { ViewShape } from './viewSchema.ts';
import { openBuild } from './viewWriting.ts';

export interface Serving {
  /** Of the pointer that named them; none for views that lie nowhere. */
  readonly token: string | undefined;
  readonly file: string | undefined;
  readonly reader: ViewReader;
}

/** Looks for views that another process is making, and milliseconds between them. */
const LOOKS = { count: 50, every: 100 } as const;

/** Out: `undefined` where no views serve, or they are damaged. */
export async function openServing(directory: string, shape: ViewShape): Promise<Serving | undefined> {
  const pointer = await readPointer(directory);
  if (!pointer) return undefined;
  const file = viewFile(directory, pointer.generation);
  const reader = openViewReader(file, shape);
  return reader && { token: pointer.token, file, reader };
}

/** Views that hold nothing and lie nowhere. */
export function noViews(shape: ViewShape): Serving {
  return { token: undefined, file: undefined, reader: emptyViewReader(shape) };
}

/** The serving views, or where there are none to use, empty ones made now. */
export async function openOrMake(directory: string, shape: ViewShape): Promise<Serving> {
  for (let look = 0; look < LOOKS.count; look++) {
    const unlock = await lockBuilds(directory);
    const serving = unlock ? await openLocked(directory, shape, unlock) : await openServing(directory, shape);
    if (serving) return serving;
    if (!unlock) await pause(LOOKS.every);
  }
  throw new Unavailable('views', new Error('no views could be made'));
}

/** Under the lock nobody else swaps: what is found stays, and what is not named is left from a crash. */
async function openLocked(directory: string, shape: ViewShape, unlock: () => void): Promise<Serving | undefined> {
  try {
    const found = await openServing(directory, shape);
    if (!found) await makeEmpty(directory, shape);
    await dropOthers(directory);
    return found ?? (await openServing(directory, shape));
  } finally {
    unlock();
  }
}

/** In this thread: it takes a few milliseconds, and a thread some tens of them. */
async function makeEmpty(directory: string, shape: ViewShape): Promise<void> {
  const generation = await nextGeneration(directory);
  const build = openBuild(viewFile(directory, generation), shape);
  build.finish();
  await writePointer(directory, generation);
}
