// verbatim import: fills empty stores with what `verbatim export` wrote. The events are the same, with the same hashes; the
// log is another log from there on, as every copy is.

import { closeAfter } from '../closing.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { openStores, placesOf } from '../stores.ts';
import { hashesOf } from './backupFolder.ts';
import { checkKeys, type KeyChoice, type KeyOptions, keyChoiceOf } from './backupKeys.ts';
import { type Manifest, readManifest } from './exportFolder.ts';
import { exportAsLog, type Facts } from './exportReader.ts';
import { fillStores } from './fillStores.ts';
import { sayWhereSecretGoes, withoutSecret } from './secretOfBackup.ts';
import { UsageError } from './verb.ts';
import { verifyExport } from './verifyExport.ts';

export interface ImportOptions extends KeyOptions {
  readonly signedBy?: string;
}

const fill = async (
  folder: string,
  config: Config,
  manifest: Manifest,
  facts: Facts,
  keys: KeyChoice,
): Promise<void> => {
  const events = exportAsLog(folder, manifest);
  await checkKeys(events, config, keys);
  const hashes = manifest.files === null ? [] : hashesOf({ files: facts.files() }, manifest.missing);
  await closeAfter(await openStores(withoutSecret(config)), (stores) =>
    fillStores(stores, { events, folder, hashes, keys }),
  );
};

export const importExport = async (folder: string, options: ImportOptions): Promise<void> => {
  const config = readConfig(process.env);
  const { scope } = await readManifest(folder);
  if (scope.of !== 'log')
    throw new UsageError(`${folder} has one ${scope.of} alone: only an export of the whole log can be imported`);
  const { manifest, facts, signedBy } = await verifyExport(folder);
  if (options.signedBy !== undefined && options.signedBy !== signedBy)
    throw new UsageError(`${folder} is signed by ${signedBy}, not by ${options.signedBy}`);
  await fill(folder, config, manifest, facts, keyChoiceOf(options));
  const files = manifest.files === null ? 'no files, which are not in it' : counted(manifest.files, 'file');
  console.log(
    `Imported ${counted(manifest.events, 'event')} and ${files}, of ${manifest.at}, signed by ${signedBy}, to ${placesOf(config).join(' and ')}`,
  );
  await sayWhereSecretGoes(config);
};
