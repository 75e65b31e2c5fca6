// Restores the log of a backup into EventStoreDB: a copy of it, so that clients can continue from their old positions.

import { closeAfter } from '../closing.ts';
import type { Config } from '../config.ts';
import { openEventLogReader } from '../store/embedded/eventLogReader.ts';
import { eventsFile, openStores } from '../stores.ts';
import { hashesOf, type LogFacts, type Manifest } from './backupFolder.ts';
import { checkKeys, type KeyChoice } from './backupKeys.ts';
import { fillStores } from './fillStores.ts';
import { restoredLog } from './restoredLog.ts';

/** Continues where an interrupted restore stopped. Returns the new log's id. @throws NotACopy the store has other events */
export const restoreToServer = async (
  folder: string,
  config: Config,
  manifest: Manifest,
  facts: LogFacts,
  keys: KeyChoice,
): Promise<string> =>
  closeAfter(await openStores(config), async (stores) => {
    using reader = openEventLogReader(eventsFile(folder));
    const events = restoredLog(reader, manifest);
    await checkKeys(events, config, keys);
    // `await`: the reader closes when this returns.
    return await fillStores(stores, { events, folder, hashes: hashesOf(facts, manifest.missing), keys });
  });
