// Makes what stands in a file survive a power cut; that its name is there is the folder's matter (`syncFolder.ts`).

import { constants } from 'node:fs';
import { chmod, copyFile, open } from 'node:fs/promises';

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
