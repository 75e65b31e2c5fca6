// Opens the stores that the settings name: embedded ones in the data directory, or database servers.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { loadSecret, secretOf } from './auth/secret.ts';
import { closeWithin, type WaitFor } from './closing.ts';
import type { Config } from './config.ts';
import { isOurEvent } from './domain/codec.ts';
import { collections } from './projections/index.ts';
import { openEmbeddedBlobStore } from './store/embedded/blobStore.ts';
import { openDataDir } from './store/embedded/dataDir.ts';
import { openEventLogReader } from './store/embedded/eventLogReader.ts';
import { openEmbeddedEventStore } from './store/embedded/eventStore.ts';
import { wasPutBack } from './store/embedded/logMark.ts';
import { ownLease } from './store/embedded/ownLease.ts';
import { openEmbeddedViewStore } from './store/embedded/viewStore.ts';
import type { BlobStore, EventReader, EventStore, Lease, ViewStore } from './store/ports.ts';

export interface Stores {
  readonly events: EventStore;
  readonly views: ViewStore;
  readonly blobs: BlobStore;
  /** The right to project the views. */
  readonly lease: Lease;
  readonly secret: Uint8Array;
  /** A backup has replaced the log since it was last open here. */
  readonly wasPutBack: boolean;
  /** Where the data is, in words for the operator. */
  readonly place: string;
  /** What should be mended before it hurts, for operators. */
  warnings(): readonly string[];
  /** Closes all of them, the last opened first, even if one fails. @throws the first failure, without `waitFor` */
  close(waitFor?: WaitFor): Promise<void>;
}

export const eventsFile = (dataDir: string): string => join(dataDir, 'events.db');
export const viewsDirectory = (dataDir: string): string => join(dataDir, 'views');
export const blobsDirectory = (dataDir: string): string => join(dataDir, 'blobs');

// Loading the clients of the servers takes as long as half a start, so only a process that uses a server loads its client.
const openEventStoreDb = async (
  url: string,
  { EVENTSTORE_PREFIX: prefix = '' }: Config,
  onClockDifference = (_: number) => {},
): Promise<EventStore> => {
  const store = await import('./store/eventStoreDb/eventStore.ts');
  return store.openEventStoreDb({ url, prefix, isOurs: isOurEvent, onClockDifference });
};
const mongoDb = async () => ({
  ...(await import('./store/mongoDb/blobStore.ts')),
  ...(await import('./store/mongoDb/connection.ts')),
  ...(await import('./store/mongoDb/lease.ts')),
  ...(await import('./store/mongoDb/viewStore.ts')),
});

/** Has `close` of the stores close what was opened. `name`: for the message about a stop that takes too long. */
type Keep = <T extends { close(): Promise<void> }>(name: string, store: T) => T;

const openShared = async (url: string, keep: Keep): Promise<Pick<Stores, 'views' | 'blobs' | 'lease'>> => {
  const { connectMongo, createLease, openGridFsBlobStore, openMongoViewStore } = await mongoDb();
  const { db } = keep('the connection to MongoDB', await connectMongo({ url }));
  const lease = createLease({ db, name: 'projector', holder: `${hostname()}:${process.pid}` });
  const views = keep('the store of views', await openMongoViewStore({ db, collections, fence: () => lease.token }));
  const blobs = keep('the store of files', await openGridFsBlobStore({ db }));
  keep('the lease on projecting', { close: () => lease.release() });
  return { views, blobs, lease };
};

const openOwn = async (directory: string, keep: Keep): Promise<Pick<Stores, 'views' | 'blobs' | 'lease'>> => ({
  views: keep('the store of views', await openEmbeddedViewStore({ directory: viewsDirectory(directory), collections })),
  blobs: keep('the store of files', await openEmbeddedBlobStore({ directory: blobsDirectory(directory) })),
  lease: ownLease(),
});

const withoutCredentials = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');

/** Seconds: events of several processes would seem to come in another order than they did, and tokens to live longer. */
const CLOCKS_APART = 5;

const warningsOf = (milliseconds: number): readonly string[] => {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < CLOCKS_APART) return [];
  const how = milliseconds > 0 ? 'ahead of' : 'behind';
  return [
    `clock: the event store's clock is ${seconds} s ${how} this machine's; let both follow the same time servers`,
  ];
};

/** Opens all stores, or none. @throws DataDirUnusable, Unavailable: with a message for the operator */
export const openStores = async (config: Config): Promise<Stores> => {
  const { EVENTSTORE_URL, MONGODB_URL, AUTH_SECRET } = config;
  const opened: { readonly name: string; close(): Promise<void> }[] = [];
  const close: Stores['close'] = async (waitFor) => {
    if (waitFor === undefined) return closeWithin(undefined, close);
    for (const store of opened.splice(0).reverse()) await waitFor(store.name, store.close());
  };
  const keep: Keep = (name, store) => {
    opened.push({ name, close: () => store.close() });
    return store;
  };
  let clockDifference = 0;
  try {
    const isWhollyRemote = EVENTSTORE_URL !== undefined && MONGODB_URL !== undefined;
    const dataDir = isWhollyRemote ? undefined : await openDataDir(config.DATA_DIR);
    if (dataDir) keep('the data directory', { close: () => dataDir.release() });
    const secret = AUTH_SECRET === undefined ? await loadSecret(dataDir!.path) : secretOf(AUTH_SECRET);
    const isPutBack = EVENTSTORE_URL === undefined && wasPutBack(eventsFile(dataDir!.path));
    const events = keep(
      'the store of events',
      EVENTSTORE_URL === undefined
        ? await openEmbeddedEventStore({ file: eventsFile(dataDir!.path) })
        : await openEventStoreDb(EVENTSTORE_URL, config, (milliseconds) => {
            clockDifference = milliseconds;
          }),
    );
    const rest = MONGODB_URL === undefined ? await openOwn(dataDir!.path, keep) : await openShared(MONGODB_URL, keep);
    const places = [EVENTSTORE_URL, MONGODB_URL].filter((url) => url !== undefined).map(withoutCredentials);
    const place = [...(dataDir ? [dataDir.path] : []), ...places].join(' and ');
    const warnings = (): readonly string[] => warningsOf(clockDifference);
    return { events, ...rest, secret, wasPutBack: isPutBack, place, warnings, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Opens the event log for reading only, also while a server runs. */
export const openEventReader = async (config: Config): Promise<EventReader> => {
  if (config.EVENTSTORE_URL !== undefined) return openEventStoreDb(config.EVENTSTORE_URL, config);
  const { readStream, readLog, head, close } = openEventLogReader(eventsFile(config.DATA_DIR));
  return {
    readStream: async (stream, range) => readStream(stream, range),
    readLog: async (position, limit) => readLog(position, limit),
    head: async () => head(),
    close: async () => close(),
  };
};

/** Opens the views alone. @throws DataDirUnusable another process uses the data directory */
export const openViews = async (config: Config): Promise<ViewStore> => {
  if (config.MONGODB_URL !== undefined)
    return (await mongoDb()).openMongoViewStore({ url: config.MONGODB_URL, collections });
  const { path, release } = await openDataDir(config.DATA_DIR);
  const views = await openEmbeddedViewStore({ directory: viewsDirectory(path), collections }).catch(async (error) => {
    await release();
    throw error;
  });
  return { ...views, close: () => views.close().finally(release) };
};
