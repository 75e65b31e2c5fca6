// Makes files and the names in folders survive a power cut. A synced file can still be missing: its folder needs a sync too.

import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Windows cannot open a folder, and needs no sync of it. */
const syncsFolders = process.platform !== 'win32';

/** Syncs the content of a file; not its name. */
export const syncFile = async (path: string): Promise<void> => {
  await using file = await open(path, 'r+');
  await file.sync();
};

/** Syncs the names of the files in a folder. */
export const syncFolder = async (path: string): Promise<void> => {
  if (!syncsFolders) return;
  await using folder = await open(path, 'r');
  await folder.sync();
};

/** As `syncFile`, for a thread that may block. */
export const syncFileNow = (path: string): void => syncNow(path, 'r+');

/** As `syncFolder`, for a thread that may block. */
export const syncFolderNow = (path: string): void => {
  if (syncsFolders) syncNow(path, 'r');
};

const syncNow = (path: string, flags: 'r' | 'r+'): void => {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** False: something has the name already. */
const makeOne = async (path: string): Promise<boolean> => {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) throw new Error(`${path} is there and is no folder`);
    return false;
  }
};

/**
 * Makes a missing folder and those above it, durably and for its owner alone. Node's own `recursive` never ends where no
 * folder can be made although the one above is there, such as in `/proc`.
 */
export const makeFolder = async (path: string): Promise<void> => {
  const full = resolve(path);
  const above = dirname(full);
  const isMade = await makeOne(full).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || above === full) throw error;
    await makeFolder(above);
    return makeOne(full);
  });
  if (isMade) await syncFolder(above);
};

/** Copies a file to a new name, for its owner alone. Does not sync the name. */
export const copyPrivately = async (from: string, to: string): Promise<void> => {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(to, 0o600);
  await syncFile(to);
};

/** Writes a whole file, for its owner alone. After a crash the file has the old text or the new one. */
export const writeDurably = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await syncFile(draft);
  await syncFolder(dirname(path));
  await rename(draft, path);
  await syncFolder(dirname(path));
};
