// The folder that a backup or an export is written to, and the files in it.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { openEmbeddedBlobStore } from '../store/embedded/blobStore.ts';
import { makeFolder } from '../store/embedded/durable.ts';
import { Unavailable } from '../store/ports.ts';
import { blobsDirectory, usesDataDir } from '../stores.ts';
import { hasWhole } from './backupFolder.ts';
import type { Files } from './backupSource.ts';
import { liesIn } from './liesIn.ts';
import { showingEach } from './progressBar.ts';
import { UsageError } from './verb.ts';

/** Makes a folder that is missing. @throws UsageError it lies in the data directory */
export const openFolder = async (folder: string, config: Config): Promise<void> => {
  if (usesDataDir(config) && (await liesIn(folder, config.DATA_DIR)))
    throw new UsageError(`${folder} lies in the data directory, so both would be lost together. Choose another folder`);
  await makeFolder(folder);
};

/** A file that is lost or damaged is named in the end; one that cannot be reached ends the backup. */
const orMissing = (error: unknown): undefined => {
  if (error instanceof Unavailable) throw error;
};

/** Copies files to a folder. @returns the hashes of those that are lost or damaged */
export const takeFiles = async (from: Files, folder: string, files: ReadonlyMap<string, number>): Promise<string[]> => {
  const directory = blobsDirectory(folder);
  const blobs = await openEmbeddedBlobStore({ directory });
  const missing: string[] = [];
  await showingEach('copy files', [...files.keys()], async (hash) => {
    // An interrupted run may have copied it.
    if (await hasWhole(folder, hash)) return;
    const source = await from.open(hash).catch(orMissing);
    const copied = source && (await blobs.put(source, Number.POSITIVE_INFINITY).catch(orMissing));
    if (copied?.hash === hash) return;
    missing.push(hash);
    // The store kept the damaged file under the hash of its present content, which may be that of another file.
    if (copied && !files.has(copied.hash)) await rm(join(directory, copied.hash.slice(0, 2), copied.hash));
  });
  await blobs.close();
  await rm(join(directory, 'incoming'), { recursive: true });
  return missing;
};
