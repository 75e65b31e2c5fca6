// Makes what stands in a file survive a power cut; `syncFolder.ts` does it for the file's name.

import { constants } from 'node:fs';
import { chmod, copyFile, open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './syncFolder.ts';

/** Syncs the content of a file; not its name. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies a file to a new name, for its owner alone. Its name is not synced yet. */
export async function copyPrivately(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(to, 0o600);
  await syncFile(to);
}

/** Writes a whole file, for its owner alone: after a crash it has the old text or the new one. */
export const writeDurably = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await syncFile(draft);
  await syncFolder(dirname(path));
  await rename(draft, path);
  await syncFolder(dirname(path));
};
