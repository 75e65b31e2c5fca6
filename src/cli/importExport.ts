// verbatim import: fills empty stores with what `verbatim export` wrote. The events are the same, with the same hashes; the
// log is another log from there on, as every copy is.

import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { closeAfter } from '../closing.ts';
import { NotACopy } from '../commands/copyHistory.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { decode } from '../domain/codec.ts';
import { RESTORING } from '../store/embedded/dataDir.ts';
import { writeDurably } from '../store/embedded/durable.ts';
import { openStores, placesOf, type Stores, usesDataDir } from '../stores.ts';
import { hashesOf } from './backupFolder.ts';
import { checkKeys, type KeyChoice } from './backupKeys.ts';
import { type Manifest, readManifest } from './exportFolder.ts';
import { exportAsLog, type Facts } from './exportReader.ts';
import { fillStores } from './fillStores.ts';
import { sayWhereSecretGoes, withoutSecret } from './secretOfBackup.ts';
import { UsageError } from './verb.ts';
import { verifyExport } from './verifyExport.ts';

export interface ImportOptions {
  readonly keys?: string;
  readonly withoutKeys?: true;
  readonly signedBy?: string;
}

/** In the marker that keeps servers from a data directory while it is filled. */
const IMPORT = 'import';

const markerIn = (config: Config): string | undefined =>
  usesDataDir(config) ? join(resolve(config.DATA_DIR), RESTORING) : undefined;

/** An earlier import into the directory did not end: this one goes on with it. */
const clearMarker = async (marker: string | undefined): Promise<void> => {
  if (marker === undefined || !existsSync(marker)) return;
  if ((await readFile(marker, 'utf8')).startsWith(IMPORT)) await rm(marker);
};

/** Before anything is changed. @throws NotACopy the stores have other events */
const mustBeEmpty = async ({ events }: Stores, { logId }: Manifest): Promise<void> => {
  const [first] = await events.recorded.readLog(0, 1);
  if (first === undefined || decode(first).meta.copied?.at(-1)?.[0] === logId) return;
  throw new NotACopy(
    'the stores are not empty: they hold another history. Set another DATA_DIR, or name empty servers',
  );
};

const fill = async (
  folder: string,
  config: Config,
  manifest: Manifest,
  facts: Facts,
  keys: KeyChoice,
): Promise<void> => {
  const events = exportAsLog(folder, manifest);
  await checkKeys(events, config, keys);
  const marker = markerIn(config);
  await clearMarker(marker);
  await closeAfter(await openStores(withoutSecret(config)), async (stores) => {
    await mustBeEmpty(stores, manifest);
    if (marker !== undefined) await writeDurably(marker, `${IMPORT} ${folder}\n`);
    const hashes = manifest.files === null ? [] : hashesOf({ files: facts.files() }, manifest.missing);
    await fillStores(stores, { events, folder, hashes, keys }, () => crypto.randomUUID());
    if (marker !== undefined) await rm(marker);
  });
};

export const importExport = async (named: string, options: ImportOptions): Promise<void> => {
  const config = readConfig(process.env);
  const folder = resolve(named);
  const { scope } = await readManifest(folder);
  if (scope.of !== 'log')
    throw new UsageError(`${folder} has one ${scope.of} alone: only an export of the whole log can be imported`);
  const { manifest, facts, signedBy } = await verifyExport(folder);
  if (options.signedBy !== undefined && options.signedBy !== signedBy)
    throw new UsageError(`${folder} is signed by ${signedBy}, not by ${options.signedBy}`);
  const keys = { keys: options.keys && resolve(options.keys), withKeys: options.withoutKeys !== true };
  await fill(folder, config, manifest, facts, keys);
  const files = manifest.files === null ? 'no files, which are not in it' : counted(manifest.files, 'file');
  console.log(
    `Imported ${counted(manifest.events, 'event')} and ${files}, of ${manifest.at}, signed by ${signedBy}, to ${placesOf(config).join(' and ')}`,
  );
  await sayWhereSecretGoes(config);
};
