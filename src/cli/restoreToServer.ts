// Restores the log of a backup into EventStoreDB: a copy of it, so that clients can continue from their old positions.

import { closeAfter } from '../closing.ts';
import { copyHistory } from '../commands/copyHistory.ts';
import type { Config } from '../config.ts';
import { rebuild } from '../projections/rebuild.ts';
import { openEventLogReader } from '../store/embedded/eventLogReader.ts';
import { eventsFile, openStores } from '../stores.ts';
import { hashesOf, type LogFacts, type Manifest } from './backupFolder.ts';
import { checkKeys, type KeyChoice, putKeys } from './backupKeys.ts';
import { progressBar } from './progressBar.ts';
import { putFiles } from './putFiles.ts';
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
    const logId = crypto.randomUUID();
    const ids = [logId, crypto.randomUUID()];
    await checkKeys(folder, config, keys);
    await putKeys(folder, config, keys);
    await putFiles(folder, stores.blobs, hashesOf(facts, manifest.missing));
    const bar = progressBar('restore events', manifest.position);
    await copyHistory(
      { events },
      stores,
      () => ids.shift()!,
      ({ position }) => bar.update(position),
    );
    bar.finish(manifest.position);
    const views = progressBar('build views', await stores.events.head());
    views.finish(await rebuild(stores.events, stores.views, views.update));
    return logId;
  });
