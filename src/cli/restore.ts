// verbatim restore: puts a backup into an empty data directory. From then on it is another log, with an id of its own.

import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { closeAfter } from '../closing.ts';
import { compose } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { openBlobs, openKeys, openLogIn } from '../openAlone.ts';
import { rebuild } from '../projections/rebuild.ts';
import { type DataDir, openDataDir, RESTORING } from '../store/embedded/dataDir.ts';
import { copyPrivately, syncFolder, writeDurably } from '../store/embedded/durable.ts';
import { blobsDirectory, eventsFile, openStores, placesOf, viewsDirectory } from '../stores.ts';
import {
  hashesOf,
  hashOfFile,
  type LogFacts,
  type Manifest,
  readManifest,
  secretFile,
  verifyBackup,
} from './backupFolder.ts';
import { checkKeys, type KeyChoice, type KeyOptions, keyChoiceOf, putKeys, withoutKeys } from './backupKeys.ts';
import { folderNamed } from './namedStores.ts';
import { progressBar } from './progressBar.ts';
import { putFiles } from './putFiles.ts';
import { restoreToServer } from './restoreToServer.ts';
import { hasSecret, sayWhereSecretGoes, withoutSecret } from './secretOfBackup.ts';
import { UsageError, type Verb } from './verb.ts';

/** Entries that an empty data directory may have: the lock, the operator's secret, and what a file system adds. */
const HARMLESS = new Set([
  'keys.db',
  'keys.db-journal',
  'lock',
  'lock-journal',
  'lock-owner.json',
  'secret',
  'lost+found',
  `${RESTORING}.new`,
]);

/** What a restore makes there, with the files that SQLite and the server keep beside the log: they fit no other log. */
const isOfRestore = (name: string): boolean =>
  [blobsDirectory(''), viewsDirectory('')].includes(name) || name.startsWith(eventsFile(''));

/** Removes what an interrupted restore left behind. @throws UsageError the directory holds anything else */
const clear = async (dataDir: string): Promise<void> => {
  const found = (await readdir(dataDir)).filter((name) => !HARMLESS.has(name));
  if (found.includes(RESTORING)) {
    for (const name of found.filter(isOfRestore)) await rm(join(dataDir, name), { recursive: true });
    return;
  }
  if (found.length > 0)
    throw new UsageError(
      `${dataDir} is not empty: it has ${found.join(', ')}. Move these away first, or set another DATA_DIR`,
    );
};

/** Copies under a temporary name first, so that the directory never has half a log. */
const putFile = async (from: string, to: string, sha256: string): Promise<void> => {
  const temporary = `${to}.restoring`;
  await rm(temporary, { force: true });
  await copyPrivately(from, temporary);
  if ((await hashOfFile(temporary)) !== sha256) throw new UsageError(`${from} changed during the restore`);
  await rename(temporary, to);
};

/** @throws UsageError the operator put a secret into the directory, and the backup has another one */
const mustBeOneSecret = async (folder: string, dataDir: string, { secretSha256 }: Manifest): Promise<void> => {
  if (secretSha256 === null || !(await hasSecret(dataDir))) return;
  if ((await hashOfFile(secretFile(dataDir))) !== secretSha256)
    throw new UsageError(
      `${secretFile(dataDir)} and ${secretFile(folder)} differ: remove the one that you do not need`,
    );
};

/** Copies a backup that was checked. */
const put = async (
  folder: string,
  dataDir: string,
  config: Config,
  manifest: Manifest,
  facts: LogFacts,
  keys: KeyChoice,
): Promise<void> => {
  const hashes = hashesOf(facts, manifest.missing);
  const own = { ...config, DATA_DIR: dataDir };
  await closeAfter(await openBlobs(own), (blobs) => putFiles(folder, blobs, hashes));
  await closeAfter(openLogIn(folder), async (log) => closeAfter(await openKeys(own), (to) => putKeys(log, to, keys)));
  if (manifest.secretSha256 !== null && !(await hasSecret(dataDir)))
    await putFile(secretFile(folder), secretFile(dataDir), manifest.secretSha256);
  await putFile(eventsFile(folder), eventsFile(dataDir), manifest.eventsSha256);
  await syncFolder(dataDir);
};

/** Makes the log that was put back another one, and builds its views. Returns its id. */
const open = async (directory: DataDir, config: Config): Promise<string> =>
  closeAfter(await openStores(withoutSecret(config), undefined, directory), async (stores) =>
    // Sees that the log was put back, and gives it a new id.
    closeAfter(await compose(config, stores, () => new Date()), async ({ logIdentity }) => {
      const bar = progressBar('build views', await stores.events.head());
      bar.finish(await rebuild(stores.events, stores.views, bar.update));
      return logIdentity.logId;
    }),
  );

/** No server starts on the directory before this ends: it has the marker until then. Returns the new log's id. */
const restoreToFolder = async (
  folder: string,
  config: Config,
  manifest: Manifest,
  keys: KeyChoice,
): Promise<string> => {
  const directory = await openDataDir(config.DATA_DIR, 'restore');
  const dataDir = directory.path;
  try {
    await clear(dataDir);
    await mustBeOneSecret(folder, dataDir, manifest);
    const facts = await verifyBackup(folder, manifest);
    await closeAfter(openLogIn(folder), (log) => checkKeys(log, config, keys));
    const marker = join(dataDir, RESTORING);
    await writeDurably(marker, `${folder}\n`);
    await put(folder, dataDir, config, manifest, facts, keys);
    const logId = await open(directory, config);
    await rm(marker);
    await syncFolder(dataDir);
    return logId;
  } finally {
    await directory.release();
  }
};

const putBack = async (folder: string, options: KeyOptions): Promise<void> => {
  const config = readConfig(process.env);
  const keys = keyChoiceOf(options);
  const manifest = await readManifest(folder);
  const logId =
    config.EVENTSTORE_URL === undefined
      ? await restoreToFolder(folder, config, manifest, keys)
      : await restoreToServer(folder, config, manifest, await verifyBackup(folder, manifest), keys);
  const places = placesOf(config).join(' and ');
  console.log(
    `Restored ${counted(manifest.events, 'event')} and ${counted(manifest.files - manifest.missing.length, 'file')} of ${manifest.at} to ${places}. ` +
      `The restored log has a new id: ${logId}.`,
  );
  await sayWhereSecretGoes(config);
  if (manifest.missing.length > 0)
    console.log(
      `${counted(manifest.missing.length, 'file was', 'files were')} lost before the backup: ${manifest.missing.join(', ')}`,
    );
};

export const restore: Verb = (command) =>
  command
    .description('put a backup into an empty data directory or empty servers, and build the views')
    .argument('<folder>', 'that `verbatim backup` made', folderNamed)
    .option(
      '--keys <folder>',
      'that `verbatim backup --keys` made; default: where the server keeps its keys',
      folderNamed,
    )
    .addOption(withoutKeys())
    .addHelpText(
      'after',
      '\nDATA_DIR names a directory that is new or empty; or EVENTSTORE_URL and MONGODB_URL, empty servers.',
    )
    .action(putBack);
