// Opens the three stores that the settings name: embedded ones in the data directory, or servers.

import { join } from 'node:path';
import { loadSecret, secretOf } from './auth/secret.ts';
import type { Config } from './config.ts';
import { collections } from './projections/index.ts';
import { openEmbeddedBlobStore } from './store/embedded/blobStore.ts';
import { openDataDir } from './store/embedded/dataDir.ts';
import { openEventLogReader } from './store/embedded/eventLogReader.ts';
import { openEmbeddedEventStore } from './store/embedded/eventStore.ts';
import { openEmbeddedViewStore } from './store/embedded/viewStore.ts';
import type { BlobStore, EventReader, EventStore, ViewStore } from './store/ports.ts';

export interface Stores {
  readonly events: EventStore;
  readonly views: ViewStore;
  readonly blobs: BlobStore;
  readonly secret: Uint8Array;
  /** Where the data lies, as an operator would say it. */
  readonly place: string;
  close(): Promise<void>;
}

export const eventsFile = (dataDir: string): string => join(dataDir, 'events.db');
export const viewsDirectory = (dataDir: string): string => join(dataDir, 'views');
export const blobsDirectory = (dataDir: string): string => join(dataDir, 'blobs');

/** @throws DataDirUnusable, Unavailable: with a message for the operator. What was opened by then is closed again. */
export const openStores = async (config: Config): Promise<Stores> => {
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const store of opened.splice(0).reverse()) await store.close();
  };
  const keep = <T extends { close(): Promise<void> }>(store: T): T => {
    opened.push(store);
    return store;
  };
  try {
    const dataDir = await openDataDir(config.DATA_DIR);
    opened.push({ close: () => dataDir.release() });
    const secret = config.AUTH_SECRET === undefined ? await loadSecret(dataDir.path) : secretOf(config.AUTH_SECRET);
    const events = keep(await openEmbeddedEventStore({ file: eventsFile(dataDir.path) }));
    const views = keep(await openEmbeddedViewStore({ directory: viewsDirectory(dataDir.path), collections }));
    const blobs = keep(await openEmbeddedBlobStore({ directory: blobsDirectory(dataDir.path) }));
    return { events, views, blobs, secret, place: dataDir.path, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** The event log to read only, beside a server that runs or not. */
export const openEventReader = async (config: Config): Promise<EventReader> => {
  const { readStream, readLog, head, close } = openEventLogReader(eventsFile(config.DATA_DIR));
  return {
    readStream: async (stream, range) => readStream(stream, range),
    readLog: async (position, limit) => readLog(position, limit),
    head: async () => head(),
    close: async () => close(),
  };
};

/** The views alone, beside a server that runs or not. */
export const openViews = (config: Config): Promise<ViewStore> =>
  openEmbeddedViewStore({ directory: viewsDirectory(config.DATA_DIR), collections });
