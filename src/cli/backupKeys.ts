// The keys of a backup, or of an export, lie apart from it: whoever has it alone reads nothing private, and whoever erases a
// person erases them from every one whose keys are gone.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { closeAfter } from '../closing.ts';
import type { Config } from '../config.ts';
import { counted } from '../counted.ts';
import { blocksNamed, copyKeys, placesNamed } from '../history/copyKeys.ts';
import { type Key, keyIn } from '../history/keyPlaces.ts';
import { copyPseudonyms, hasPseudonyms } from '../history/pseudonyms.ts';
import { openEventReader, openKeyReader } from '../openAlone.ts';
import { makeFolder } from '../store/embedded/durable.ts';
import { openEmbeddedKeyReader } from '../store/embedded/keyFile.ts';
import { openEmbeddedKeyStore } from '../store/embedded/keyStore.ts';
import type { EventReader, KeyPlace, KeyStore, Recorded } from '../store/ports.ts';
import { keysFile, usesDataDir } from '../stores.ts';
import { liesIn } from './liesIn.ts';
import { progressBar } from './progressBar.ts';
import { UsageError } from './verb.ts';

const PAGE = 1000;

/** What an operator says of the keys of what is restored. */
export interface KeyChoice {
  /** The folder that they are in. Undefined: where the server keeps its keys. */
  readonly keys?: string | undefined;
  /** False: they are lost, and so is everything private. */
  readonly withKeys: boolean;
}

export interface KeyOptions {
  readonly keys?: string;
  readonly withoutKeys?: true;
}

/** Keys that are named are not lost: with both, those would be given up that the operator has. */
export const withoutKeys = (): Option =>
  new Option('--without-keys', 'the keys are lost: names and texts can never be read again').conflicts('keys');

export const keyChoiceOf = ({ keys, withoutKeys }: KeyOptions): KeyChoice => ({ keys, withKeys: withoutKeys !== true });

const fileIn = (folder: string): string => join(folder, 'keys.db');

/** The log of a backup or of an export. */
type Log = Pick<EventReader, 'readLog' | 'head'>;

const eachPage = async (log: Log, title: string, work: (page: readonly Recorded[]) => Promise<void>) => {
  const bar = progressBar(title, await log.head());
  let position = 0;
  for (let page = await log.readLog(0, PAGE); page.length > 0; page = await log.readLog(position, PAGE)) {
    await work(page);
    position = page.at(-1)!.position;
    bar.update(position);
  }
  bar.finish(position);
};

type CopyKeys = (from: Pick<KeyStore, 'get'>, to: KeyStore) => Promise<void>;

const copyTo = async (folder: string, config: Config, copy: CopyKeys): Promise<void> =>
  closeAfter(await openKeyReader(config), async (from) =>
    closeAfter(await openEmbeddedKeyStore(fileIn(folder)), (to) => copy(from, to)),
  );

/** @throws UsageError the folder lies in the backup or export, in the data, or in the server's own folder of keys, or has it in it */
const mustBeApart = async (config: Config, folder: string, target: string): Promise<void> => {
  const own = config.MONGODB_URL === undefined ? [dirname(keysFile(config))] : [];
  for (const place of [target, ...(usesDataDir(config) ? [config.DATA_DIR] : []), ...own])
    if ((await liesIn(folder, place)) || (await liesIn(place, folder)))
      throw new UsageError(
        `${folder} is not apart from ${place}: whoever got or lost one would get or lose both. Choose another folder for the keys`,
      );
};

/**
 * Prepares a folder for keys, which may have those of earlier backups. `target`: of the backup or export. @throws UsageError
 * the folder is not apart; Error it has the keys of another installation, or the server's own place has none of this log
 */
export const openKeyFolder = async (config: Config, folder: string, target: string): Promise<void> => {
  await mustBeApart(config, folder, target);
  await (await openEventReader(config)).close();
  await makeFolder(folder);
  await copyTo(folder, config, copyPseudonyms);
};

/** Copies the keys that a log needs to a folder that was prepared for them. */
export const takeKeys = (config: Config, log: Log, folder: string): Promise<void> =>
  copyTo(folder, config, (from, to) => eachPage(log, 'copy keys', (page) => copyKeys(page, from, to)));

const missing = (where: string): UsageError =>
  new UsageError(
    `some keys of these events are not in ${where}. Name their folder with --keys. If they are lost, put the keys that you have where ` +
      'the server keeps its keys, and use --without-keys alone: what needs the lost ones can never be read again',
  );

type KeyOf = (place: KeyPlace) => Key | undefined;

/** The keys that a page names. A block may lack its last ones: key by key. */
const keysOf = async (page: readonly Recorded[], keys: Pick<KeyStore, 'get'>): Promise<KeyOf> => {
  const blocks = blocksNamed(page);
  const found = await keys.get(blocks);
  const byId = new Map(blocks.map((block, i) => [block, found[i]]));
  return ({ block, slot }) => keyIn(byId.get(block), slot);
};

/** @throws UsageError some are not there */
const mustHave = async (log: Log, keys: Pick<KeyStore, 'get'>, where: string): Promise<void> => {
  if (!(await hasPseudonyms(keys))) throw missing(where);
  await eachPage(log, 'check keys', async (page) => {
    const keyOf = await keysOf(page, keys);
    if (placesNamed(page).some((place) => keyOf(place) === undefined)) throw missing(where);
  });
};

/** Sees that the keys of a log are there, before anything is restored. @throws UsageError they are not */
export const checkKeys = async (log: Log, config: Config, { keys, withKeys }: KeyChoice): Promise<void> => {
  if (!withKeys) return;
  if (keys !== undefined && !existsSync(fileIn(keys))) throw missing(keys);
  const reader = keys === undefined ? await openKeyReader(config) : openEmbeddedKeyReader(fileIn(keys));
  await closeAfter(reader, (found) => mustHave(log, found, keys ?? 'the store of keys'));
};

/**
 * Marks the keys that nobody has as destroyed, so that no new ones take their names. Those that are there stay. A page before
 * may have marked others of the same block.
 */
const giveUp = async (page: readonly Recorded[], keys: KeyStore): Promise<void> => {
  const keyOf = await keysOf(page, keys);
  const lost = placesNamed(page).filter((place) => keyOf(place) === undefined);
  if (lost.length > 0) await keys.destroy(lost);
};

/** @returns how many events of a page stay closed, although the keys that were brought would open them */
const closedOf = async (page: readonly Recorded[], brought: Pick<KeyStore, 'get'>, keys: KeyStore): Promise<number> => {
  const [ofBrought, ofStore] = [await keysOf(page, brought), await keysOf(page, keys)];
  const isOpenBy = (keyOf: KeyOf) => (event: Recorded) => placesNamed([event]).every((place) => keyOf(place));
  return page.filter(isOpenBy(ofBrought)).filter((event) => !isOpenBy(ofStore)(event)).length;
};

/** Puts the keys where the server looks for them. Without keys, gives up those that are lost. */
export const putKeys = async (log: Log, to: KeyStore, { keys, withKeys }: KeyChoice): Promise<void> => {
  if (!withKeys) return eachPage(log, 'give keys up', (page) => giveUp(page, to));
  if (keys === undefined) return;
  await closeAfter(openEmbeddedKeyReader(fileIn(keys)), async (from) => {
    await copyPseudonyms(from, to);
    let closed = 0;
    await eachPage(log, 'restore keys', async (page) => {
      await copyKeys(page, from, to);
      // Of a block that was given up in part, the rest is nowhere.
      await giveUp(page, to);
      closed += await closedOf(page, from, to);
    });
    if (closed > 0)
      console.error(
        `Names and texts of ${counted(closed, 'event')} stay unreadable, although ${keys} has their keys: where the server keeps its ` +
          'keys, those were destroyed or given up before. If an earlier run with --without-keys gave them up, and nothing else ' +
          'needs the keys there, remove them and begin again with an empty place.',
      );
  });
};
