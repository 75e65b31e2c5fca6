// One export at a time writes to a folder: a second one would empty the batch that the first has begun.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile } from '../store/embedded/lockFile.ts';
import { UsageError } from './verb.ts';

const LOCK = 'export.lock';

/** It lies in a folder only while an export is under way, or after one was killed. */
export const isExportLock = (name: string): boolean => name.startsWith(LOCK);

const lockIn = (folder: string) => {
  try {
    return lockFile(join(folder, LOCK));
  } catch (cause) {
    throw new UsageError(`${folder} cannot be written to: ${(cause as Error).message}`, { cause });
  }
};

/** Takes the folder for this export alone, until it is disposed. @throws UsageError another export has it */
export const lockForExport = (folder: string): AsyncDisposable => {
  const lock = lockIn(folder);
  if (lock === undefined)
    throw new UsageError(
      `another export into ${folder} is under way. Wait until it has ended, or choose another folder`,
    );
  return {
    [Symbol.asyncDispose]: async () => {
      lock.close();
      // Where open files cannot be removed, another export may have it open by now.
      await rm(join(folder, LOCK), { force: true }).catch(() => undefined);
    },
  };
};
