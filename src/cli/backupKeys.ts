// The keys of a backup lie apart from it: whoever has the backup alone reads nothing private, and whoever erases a person
// erases them from every backup whose keys are gone.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { closeAfter } from '../closing.ts';
import type { Config } from '../config.ts';
import { blocksNamed, copyKeys, placesNamed } from '../history/copyKeys.ts';
import { openKeyReader, openKeys } from '../openAlone.ts';
import { openEventLogReader } from '../store/embedded/eventLogReader.ts';
import { openEmbeddedKeyReader, openEmbeddedKeyStore } from '../store/embedded/keyStore.ts';
import type { KeyStore, Recorded } from '../store/ports.ts';
import { eventsFile } from '../stores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError } from './verb.ts';

const PAGE = 1000;

/** What an operator says of the keys when a backup is restored. */
export interface KeyChoice {
  /** The folder that they are in. Undefined: where the server keeps its keys. */
  readonly keys?: string | undefined;
  /** False: they are lost, and so is everything private. */
  readonly withKeys: boolean;
}

const fileIn = (folder: string): string => join(folder, 'keys.db');

const eachPage = async (folder: string, title: string, work: (page: readonly Recorded[]) => Promise<void>) => {
  using reader = openEventLogReader(eventsFile(folder));
  const bar = progressBar(title, reader.head());
  let position = 0;
  for (let page = reader.readLog(0, PAGE); page.length > 0; page = reader.readLog(position, PAGE)) {
    await work(page);
    position = page.at(-1)!.position;
    bar.update(position);
  }
  bar.finish(position);
};

/** Copies the keys that the log of a backup needs to a folder, which may have those of earlier backups. */
export const takeKeys = async (config: Config, folder: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true, mode: 0o700 });
  await closeAfter(await openKeyReader(config), async (from) =>
    closeAfter(await openEmbeddedKeyStore(fileIn(to)), (keys) =>
      eachPage(folder, 'copy keys', (page) => copyKeys(page, from, keys)),
    ),
  );
};

const missing = (where: string): UsageError =>
  new UsageError(
    `the keys of the backup are not in ${where}. Name their folder with --keys; or, if they are lost, add --without-keys: ` +
      'then names and texts in it can never be read again',
  );

/** @throws UsageError some are not there */
const mustHave = async (folder: string, keys: Pick<KeyStore, 'get'>, where: string): Promise<void> =>
  eachPage(folder, 'check keys', async (page) => {
    const blocks = blocksNamed(page);
    if (blocks.length > 0 && (await keys.get(blocks)).includes(undefined)) throw missing(where);
  });

/** Sees that the keys of the backup in `folder` are there, before anything is restored. @throws UsageError they are not */
export const checkKeys = async (folder: string, config: Config, { keys, withKeys }: KeyChoice): Promise<void> => {
  if (!withKeys) return;
  if (keys !== undefined && !existsSync(fileIn(keys))) throw missing(keys);
  const reader = keys === undefined ? await openKeyReader(config) : openEmbeddedKeyReader(fileIn(keys));
  await closeAfter(reader, (found) => mustHave(folder, found, keys ?? 'the store of keys'));
};

/** Marks the keys that nobody has as destroyed, so that no new ones take their names. Those that are there stay. */
const giveUp = async (page: readonly Recorded[], keys: KeyStore): Promise<void> => {
  const blocks = blocksNamed(page);
  const found = await keys.get(blocks);
  const lost = new Set(blocks.filter((_, i) => found[i] === undefined));
  await keys.destroy(placesNamed(page).filter(({ block }) => lost.has(block)));
};

/** Puts the keys where the server looks for them. Without keys, gives up those that are lost. */
export const putKeys = async (folder: string, config: Config, { keys, withKeys }: KeyChoice): Promise<void> => {
  if (withKeys && keys === undefined) return;
  await closeAfter(await openKeys(config), async (to) => {
    if (!withKeys) return eachPage(folder, 'give keys up', (page) => giveUp(page, to));
    await closeAfter(openEmbeddedKeyReader(fileIn(keys!)), (from) =>
      eachPage(folder, 'restore keys', (page) => copyKeys(page, from, to)),
    );
  });
};
