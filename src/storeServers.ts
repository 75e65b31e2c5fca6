// Opens the stores on database servers.

import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { isOurEvent } from './domain/envelope.ts';
import type {
  BlobStore,
  Ephemera,
  EventStore,
  KeyStore,
  KnownPlaces,
  LastSeal,
  Lease,
  Shape,
  Unavailable,
  ViewStore,
} from './store/ports.ts';

// Loading the clients of the servers takes as long as half a start, so only a process that uses a server loads its client.
export const openEventStoreDb = async (
  url: string,
  { EVENTSTORE_PREFIX: prefix = '' }: Config,
  tells: {
    readonly onClockDifference?: (milliseconds: number) => void;
    readonly onReplaced?: (why: string) => void;
    readonly onFollowing?: (failure: Unavailable | undefined) => void;
  } = {},
): Promise<EventStore> => {
  const store = await import('./store/eventStoreDb/eventStore.ts');
  return store.openEventStoreDb({ url, prefix, isOurs: isOurEvent, ...tells });
};
export const mongoDb = async () => ({
  ...(await import('./store/mongoDb/blobStore.ts')),
  ...(await import('./store/mongoDb/connection.ts')),
  ...(await import('./store/mongoDb/ephemera.ts')),
  ...(await import('./store/mongoDb/generations.ts')),
  ...(await import('./store/mongoDb/keyStore.ts')),
  openSharedPlaces: (await import('./store/mongoDb/knownPlaces.ts')).openKnownPlaces,
  openSharedLastSeal: (await import('./store/mongoDb/lastSeal.ts')).openLastSeal,
  ...(await import('./store/mongoDb/lease.ts')),
  ...(await import('./store/mongoDb/viewStore.ts')),
});

/** Has `close` of the stores close what was opened. `name`: for the message about a stop that takes too long. */
export type Keep = <T extends { close(): Promise<void> }>(name: string, store: T) => T;

/** All stores but that of events. */
export interface OtherStores {
  readonly keys: KeyStore;
  readonly views: ViewStore;
  readonly blobs: BlobStore;
  /** The right to project the views. */
  readonly lease: Lease;
  readonly places: KnownPlaces;
  readonly lastSeal: LastSeal;
  /** The way to the other processes for what nobody keeps. */
  readonly ephemera: Ephemera;
}

export const openShared = async (url: string, shape: Shape, keep: Keep): Promise<OtherStores> => {
  const { connectMongo, createLease, openEphemera, openMongoKeyStore, openMongoViewStore, ...mongo } = await mongoDb();
  const { db } = keep('the connection to MongoDB', await connectMongo({ url }));
  // Each version projects its own views.
  const lease = createLease({
    db,
    name: `projector-${shape.version}`,
    holder: `${hostname()}:${process.pid}`,
    written: () => mongo.lastFence(db, shape),
  });
  const views = keep('the store of views', await openMongoViewStore({ db, shape, fence: () => lease.token }));
  const blobs = keep('the store of files', await mongo.openGridFsBlobStore({ db }));
  const keys = keep('the store of keys', await openMongoKeyStore({ db }));
  keep('the lease on projecting', { close: () => lease.release() });
  const ephemera = keep('the channel between processes', openEphemera(db));
  const places = keep('the known places', mongo.openSharedPlaces(db));
  const lastSeal = mongo.openSharedLastSeal(db);
  return { views, blobs, keys, lease, ephemera, places, lastSeal };
};
