// Where the temporary folders of one test run lie: in memory if there is room, so that no test waits for the disk.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** A whole run needs less than a quarter of it, in bytes. */
const ROOM = 4 * 2 ** 30;
/** After so many milliseconds no run still uses its folder. */
const OLD = 60 * 60_000;

const hasRoom = (folder: string): boolean => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > ROOM;
  } catch {
    return false;
  }
};

const removeOld = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (mtimeMs < Date.now() - OLD) rmSync(path, { recursive: true, force: true });
  }
};

/**
 * Makes the folder of this run and removes it when the process ends, as well as the folders of runs that were killed.
 * @returns its path; undefined: without room in memory, or with a TMPDIR of one's own, folders stay where they are
 */
export const temporaryRoot = (): string | undefined => {
  if (process.env.TMPDIR || tmpdir() !== '/tmp' || !hasRoom(MEMORY)) return undefined;
  const all = join(MEMORY, `verbatim-tests-${process.getuid!()}`);
  mkdirSync(all, { recursive: true, mode: 0o700 });
  removeOld(all);
  const own = mkdtempSync(join(all, 'run-'));
  process.once('exit', () => rmSync(own, { recursive: true, force: true, maxRetries: 3 }));
  return own;
};
