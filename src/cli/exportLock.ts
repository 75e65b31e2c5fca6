// One export at a time writes to a folder: a second one would empty the batch that the first has begun.

import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createPrivately } from '../store/embedded/eventLogSchema.ts';
import { lockFile } from '../store/embedded/lockFile.ts';
import { UsageError } from './verb.ts';

const LOCK = 'export.lock';

/** It lies in a folder only while an export is under way, or after one was killed. */
export const isExportLock = (name: string): boolean => name.startsWith(LOCK);

const lockIn = (folder: string) => {
  const file = join(folder, LOCK);
  const inode = () => statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
  try {
    createPrivately(file);
    const before = inode();
    const lock = lockFile(file);
    if (lock === undefined || inode() === before) return lock;
    // The export before removed the file that this one waited for: another one may have made a new file.
    lock.close();
    return undefined;
  } catch (cause) {
    throw new UsageError(`${folder} cannot be written to: ${(cause as Error).message}`, { cause });
  }
};

/** Takes the folder for this export alone, until it is disposed. @throws UsageError another export has it */
export const lockForExport = (folder: string): Disposable => {
  const lock = lockIn(folder);
  if (lock === undefined)
    throw new UsageError(
      `another export into ${folder} is under way. Wait until it has ended, or choose another folder`,
    );
  return {
    [Symbol.dispose]: () => {
      try {
        // Before the lock ends: the file is that of this export.
        rmSync(join(folder, LOCK), { force: true });
      } catch {
        // Where open files cannot be removed, it stays.
      }
      lock.close();
    },
  };
};
