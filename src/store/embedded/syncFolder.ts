// Makes durable which files a folder holds: a file that is synced can still be missing after a power cut.

import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Windows cannot open a folder, and needs no sync of it. */
const isNeeded = process.platform !== 'win32';

export async function syncFolder(path: string): Promise<void> {
  if (!isNeeded) return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** As `syncFolder`, for a thread that may block. */
export function syncFolderNow(path: string): void {
  if (!isNeeded) return;
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Makes a folder that is missing, for its owner alone, and those above it; they are there after a power cut too. */
export async function makeFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: 0o700 });
  if (firstMade === undefined) return;
  const last = dirname(firstMade);
  for (let at = resolve(path); at !== last && at !== dirname(at); ) {
    at = dirname(at);
    await syncFolder(at);
  }
}
