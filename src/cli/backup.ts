// verbatim backup: copies the log and the files to a new folder, while the server runs or not. Never the secret: with it,
// anyone who can read the backup could sign in as any user.

import { chmod, readdir, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { closeAfter } from '../closing.ts';
import { type Config, readConfig } from '../config.ts';
import { openEmbeddedBlobStore } from '../store/embedded/blobStore.ts';
import { makeFolder, syncFolder, writeDurably } from '../store/embedded/durable.ts';
import { Unavailable } from '../store/ports.ts';
import { blobsDirectory, eventsFile } from '../stores.ts';
import {
  FORMAT,
  hashesOf,
  hashOfFile,
  hasWhole,
  type Manifest,
  manifestFile,
  readLog,
  secretFile,
} from './backupFolder.ts';
import { type Files, mustHaveLog, openFiles, takeLog } from './backupSource.ts';
import { showingEach } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

/** Makes a folder that only its owner may read. @throws UsageError it is not empty, or lies in the data directory */
const openEmpty = async (folder: string, { EVENTSTORE_URL, MONGODB_URL, DATA_DIR }: Config): Promise<void> => {
  const way = relative(DATA_DIR, folder);
  const usesDataDir = EVENTSTORE_URL === undefined || MONGODB_URL === undefined;
  if (usesDataDir && !way.startsWith('..') && !isAbsolute(way))
    throw new UsageError(`${folder} lies in the data directory, so both would be lost together. Choose another folder`);
  await makeFolder(folder);
  if ((await readdir(folder)).length > 0)
    throw new UsageError(`${folder} is not empty. Choose another folder, or empty it`);
  await chmod(folder, 0o700);
};

/** A file that is lost or damaged is named in the end; one that cannot be reached ends the backup. */
const orMissing = (error: unknown): undefined => {
  if (error instanceof Unavailable) throw error;
};

/** Copies the files. @returns the hashes of those that are lost or damaged */
const takeFiles = async (from: Files, folder: string, files: ReadonlyMap<string, number>): Promise<string[]> => {
  const directory = blobsDirectory(folder);
  const blobs = await openEmbeddedBlobStore({ directory });
  const missing: string[] = [];
  await showingEach('copy files', [...files.keys()], async (hash) => {
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

const takeBackup = async (named: string): Promise<void> => {
  const settings = readConfig(process.env);
  const config = { ...settings, DATA_DIR: resolve(settings.DATA_DIR) };
  const [dataDir, folder] = [config.DATA_DIR, resolve(named)];
  await mustHaveLog(config);
  await openEmpty(folder, config);

  // The log comes first: a server stores each file before the event that names it, so every named file exists.
  await takeLog(config, folder);
  const { files, ...facts } = await readLog(folder);
  const source = await openFiles(config);
  const missing = await closeAfter(source, (from) => takeFiles(from, folder, files));
  const manifest: Manifest = {
    format: FORMAT,
    at: new Date().toISOString(),
    ...facts,
    files: files.size,
    missing,
    eventsSha256: await hashOfFile(eventsFile(folder)),
    secretSha256: null,
  };
  await showingEach('check files', hashesOf({ files }, missing), async (hash) => {
    if (!(await hasWhole(folder, hash))) throw new Error(`the copy of the file ${hash} in ${folder} is damaged`);
  });
  await writeDurably(manifestFile(folder), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await syncFolder(dirname(folder));

  console.log(`Copied and checked ${facts.events} events and ${files.size - missing.length} files in ${folder}`);
  const secret = config.AUTH_SECRET === undefined ? secretFile(dataDir) : 'the setting AUTH_SECRET';
  console.log(
    `The secret is not in it. It is ${secret}: keep a copy in another place. Without the secret every sign-in and every key ends.`,
  );
  if (missing.length > 0)
    throw new UsageError(
      `the backup has everything else, but ${missing.length} files are lost or damaged in ` +
        `${source.place}: ${missing.join(', ')}`,
    );
};

export const backup: Verb = (command) =>
  command
    .description('copy the log and the files to a new folder, while the server runs or not')
    .argument('<folder>', 'new or empty')
    .action(takeBackup);
