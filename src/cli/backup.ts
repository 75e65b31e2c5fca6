// verbatim backup: copies the log and the files to a new folder, while the server runs or not; the keys to another one. Never
// the secret: with it, anyone who can read the backup could sign in as any user.

import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { closeAfter } from '../closing.ts';
import { mustBeWhole } from '../commands/wholeLog.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { openLogIn, openRecorded } from '../openAlone.ts';
import { syncFolder, writeDurably } from '../store/embedded/durable.ts';
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
import { openKeyFolder, takeKeys } from './backupKeys.ts';
import { mustHaveLog, openFiles, takeLog } from './backupSource.ts';
import { openFolder, takeFiles } from './backupTarget.ts';
import { mustHaveLostNone } from './lostFiles.ts';
import { folderNamed } from './namedStores.ts';
import { showingEach } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

const notEmpty = (folder: string): UsageError =>
  new UsageError(`${folder} is not empty. Choose another folder, or empty it`);

/**
 * Makes a folder that only its owner may read, with an empty file of the log: of two backups that begin at once, one has the
 * folder. @throws UsageError it is not empty, or lies in the data directory
 */
const openEmpty = async (folder: string, config: Config): Promise<void> => {
  await openFolder(folder, config);
  if ((await readdir(folder)).length > 0) throw notEmpty(folder);
  await chmod(folder, 0o700);
  await writeFile(eventsFile(folder), '', { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? notEmpty(folder) : error;
  });
};

const isOfBackup = (name: string): boolean =>
  name === blobsDirectory('') || [eventsFile(''), manifestFile('')].some((file) => name.startsWith(file));

/** Removes what a backup that failed has made, so that the next one may have the folder. */
const clear = async (folder: string): Promise<void> => {
  for (const name of (await readdir(folder)).filter(isOfBackup)) await rm(join(folder, name), { recursive: true });
};

interface Taken {
  readonly manifest: Manifest;
  /** Where the files come from, in words for the operator. */
  readonly place: string;
}

/** Copies everything to the folder, and checks it. The manifest is not written yet. */
const take = async (folder: string, config: Config, keys: string | undefined): Promise<Taken> => {
  if (keys !== undefined) await openKeyFolder(config, keys, folder);
  // The log comes first: a server stores each file before the event that names it, so every named file exists.
  await takeLog(config, folder);
  const { files, ...facts } = await readLog(folder);
  const source = await openFiles(config);
  const missing = await closeAfter(source, (from) => takeFiles(from, folder, files));
  await showingEach('check files', hashesOf({ files }, missing), async (hash) => {
    if (!(await hasWhole(folder, hash))) throw new Error(`the copy of the file ${hash} in ${folder} is damaged`);
  });
  if (keys !== undefined) await closeAfter(openLogIn(folder), (log) => takeKeys(config, log, keys));
  const manifest: Manifest = {
    format: FORMAT,
    at: new Date().toISOString(),
    ...facts,
    files: files.size,
    missing,
    eventsSha256: await hashOfFile(eventsFile(folder)),
    secretSha256: null,
  };
  return { manifest, place: source.place };
};

const takeBackup = async (folder: string, { keys }: { readonly keys?: string }): Promise<void> => {
  const settings = readConfig(process.env);
  const config = { ...settings, DATA_DIR: resolve(settings.DATA_DIR) };
  await mustHaveLog(config);
  await closeAfter(await openRecorded(config), mustBeWhole);
  await openEmpty(folder, config);
  const { manifest, place } = await take(folder, config, keys).catch(async (error: unknown) => {
    // The first failure says why.
    await clear(folder).catch(() => undefined);
    throw error;
  });
  await writeDurably(manifestFile(folder), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await syncFolder(dirname(folder));

  console.log(
    `Copied and checked ${counted(manifest.events, 'event')} and ${counted(manifest.files - manifest.missing.length, 'file')} in ${folder}`,
  );
  const secret = config.AUTH_SECRET === undefined ? secretFile(config.DATA_DIR) : 'the setting AUTH_SECRET';
  console.log(
    keys === undefined
      ? 'The keys are not in it: without them nobody can read names and texts. Copy them to another place with --keys <folder>.'
      : `The keys are in ${keys}: keep them apart from the backup.`,
  );
  console.log(
    `The secret is not in it. It is ${secret}: keep a copy in another place. Without the secret every sign-in and every key ends.`,
  );
  mustHaveLostNone('the backup', manifest.missing, place);
};

export const backup: Verb = (command) =>
  command
    .description('copy the log and the files to a new folder, while the server runs or not')
    .argument('<folder>', 'new or empty', folderNamed)
    .option('--keys <folder>', 'also copy the keys of names and texts, to a folder of their own', folderNamed)
    .action(takeBackup);
