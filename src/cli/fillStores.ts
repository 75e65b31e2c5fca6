// Fills empty stores from a folder that has a whole log: its keys, its files, its events, and the views of them.

import { beginCopy } from '../commands/beginCopy.ts';
import { copyHistory } from '../commands/copyHistory.ts';
import { stateIn } from '../commands/readEvents.ts';
import { logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { rebuild } from '../projections/rebuild.ts';
import type { EventReader } from '../store/ports.ts';
import type { Stores } from '../stores.ts';
import { type KeyChoice, putKeys } from './backupKeys.ts';
import { progressBar } from './progressBar.ts';
import { putFiles } from './putFiles.ts';

interface Whole {
  readonly events: Pick<EventReader, 'readStream' | 'readLog' | 'head'>;
  readonly folder: string;
  /** Of the files in the folder. */
  readonly hashes: readonly string[];
  readonly keys: KeyChoice;
}

/** Continues where an interrupted run stopped. Returns the id of the log as it is there. @throws NotACopy the store has other events */
export const fillStores = async (stores: Stores, from: Whole): Promise<string> => {
  await beginCopy(from.events, stores.events);
  await putKeys(from.events, stores.keys, from.keys);
  await putFiles(from.folder, stores.blobs, from.hashes);
  const head = await from.events.head();
  const bar = progressBar('restore events', head);
  const newId = () => crypto.randomUUID();
  await copyHistory({ events: from.events }, stores, newId, ({ position }) => bar.update(position));
  bar.finish(head);
  const views = progressBar('build views', await stores.events.head());
  views.finish(await rebuild(stores.events, stores.views, views.update));
  return (await stateIn(stores.events, logs, THE_LOG)).logId!;
};
