// Where generations of views lie in their directory: `views-<generation>.db` each, and `views.json`, which names the one
// that serves. `views.lock` lets one process at a time build, swap and drop.

import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errcodeOf } from '../cause.ts';
import { syncFolder } from './syncFolder.ts';

const POINTER = 'views.json';
const FILES = /^views-(\d+)\./;
const BUSY = 5;

/** Which generation serves, and `token`: a name of this very pointer, another one after every swap. */
export interface Pointer {
  readonly generation: number;
  readonly token: string;
}

export function viewFile(directory: string, generation: number): string {
  return join(directory, `views-${generation}.db`);
}

/** A cheap look at the pointer: its token, or `undefined` where there is none. */
export async function pointerToken(directory: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs } = await stat(join(directory, POINTER));
    return `${ino}-${mtimeMs}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Out: `undefined` where no views serve, or the pointer is damaged. */
export async function readPointer(directory: string): Promise<Pointer | undefined> {
  const token = await pointerToken(directory); // before the content: a swap between the two is seen again later
  if (token === undefined) return undefined;
  const text = await readFile(join(directory, POINTER), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const generation = /^\{"generation":(\d{1,15})\}$/.exec(text)?.[1];
  return generation === undefined ? undefined : { generation: Number(generation), token };
}

/** Makes `generation` the one that serves: whole before or whole after a crash. */
export async function writePointer(directory: string, generation: number): Promise<void> {
  const draft = join(directory, `views-${generation}.json`);
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ generation }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(directory, POINTER));
  await syncFolder(directory);
}

/** A generation no file has. Only under the lock. */
export async function nextGeneration(directory: string): Promise<number> {
  const taken = (await readdir(directory)).map(generationOf);
  return Math.max((await readPointer(directory))?.generation ?? 0, ...taken) + 1;
}

/**
 * Removes the files of every generation but the one that serves. Only under the lock. Where an open file cannot be
 * removed (Windows) it stays until the next time.
 */
export async function dropOthers(directory: string): Promise<void> {
  const kept = (await readPointer(directory))?.generation;
  for (const name of await readdir(directory)) {
    const generation = generationOf(name);
    if (generation > 0 && generation !== kept) await rm(join(directory, name), { force: true }).catch(() => undefined);
  }
}

/**
 * Takes the directory's lock, made with the directory; it ends with the process at the latest, since the system holds it.
 * Out: the function that gives it back, or `undefined` where another holds it.
 */
export async function lockBuilds(directory: string): Promise<(() => void) | undefined> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(directory, 'views.lock'));
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return () => db.close();
  } catch (error) {
    db.close();
    if (errcodeOf(error) === BUSY) return undefined;
    throw error;
  }
}

function generationOf(name: string): number {
  return Number(FILES.exec(name)?.[1] ?? 0);
}

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === 'ENOENT';
}
