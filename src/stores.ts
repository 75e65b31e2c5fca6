// Opens the stores that the settings name: embedded ones in the data directory, or database servers.

import { join, resolve } from 'node:path';
import { loadSecrets, type Secrets, secretsOf } from './auth/secret.ts';
import { closeWithin, type WaitFor } from './closing.ts';
import type { Config } from './config.ts';
import { createHistory } from './history/history.ts';
import { shape as ownShape } from './projections/index.ts';
import { describeCause, errcodeOf } from './store/cause.ts';
import { freeAt, openEmbeddedBlobStore } from './store/embedded/blobStore.ts';
import { type DataDir, openDataDir } from './store/embedded/dataDir.ts';
import { openEmbeddedEventStore } from './store/embedded/eventStore.ts';
import { openEmbeddedKeyStore } from './store/embedded/keyStore.ts';
import { openKnownPlaces } from './store/embedded/knownPlaces.ts';
import { openLastSeal } from './store/embedded/lastSeal.ts';
import { wasPutBack } from './store/embedded/logMark.ts';
import { noEphemera } from './store/embedded/noEphemera.ts';
import { ownLease } from './store/embedded/ownLease.ts';
import { openEmbeddedViewStore } from './store/embedded/viewStore.ts';
import type { History, Shape, Unavailable } from './store/ports.ts';
import { type Keep, type OtherStores, openEventStoreDb, openShared } from './storeServers.ts';

/** Bytes that are free. Undefined: nothing lies there, or nobody can tell. */
export interface Free {
  readonly dataDir: number | undefined;
  /** Where the files lie. */
  readonly blobs: number | undefined;
}

export interface Stores extends OtherStores {
  readonly events: History;
  readonly secrets: Secrets;
  /** A backup has replaced the log since it was last open here. */
  readonly wasPutBack: boolean;
  /** Resolves, with the reason, if the log turns out to be another one than this process knows. */
  readonly replaced: Promise<string>;
  /**
   * Calls `listener` with why whoever follows the log gets no events, at each try that fails, and with undefined once they come
   * again. Followers try again by themselves.
   */
  onFollowing(listener: (failure: Unavailable | undefined) => void): void;
  /** Where the data is, in words for the operator. */
  readonly place: string;
  /** Looks how much room is left. @throws Unavailable, or the error of the file system */
  free(): Promise<Free>;
  /** What should be mended before it hurts, for operators. */
  warnings(): readonly string[];
  /** Closes all of them, the last opened first, even if one fails. @throws the first failure, without `waitFor` */
  close(waitFor?: WaitFor): Promise<void>;
}

export const eventsFile = (dataDir: string): string => join(dataDir, 'events.db');
export const keysFile = ({ KEYS_DIR, DATA_DIR }: Pick<Config, 'KEYS_DIR' | 'DATA_DIR'>): string =>
  resolve(KEYS_DIR ?? DATA_DIR, 'keys.db');
export const viewsDirectory = (dataDir: string): string => join(dataDir, 'views');
export const blobsDirectory = (dataDir: string): string => join(dataDir, 'blobs');

/** What SQLite says of a file that it does not take, with the file: there are several. */
const namingFile = async <T>(file: string, opening: Promise<T>): Promise<T> => {
  try {
    return await opening;
  } catch (error) {
    throw errcodeOf(error) === undefined ? error : new Error(`${file}: ${describeCause(error)}`, { cause: error });
  }
};

const openOwn = async (config: Config, shape: Shape, keep: Keep): Promise<OtherStores> => ({
  views: keep('the store of views', await openEmbeddedViewStore({ directory: viewsDirectory(config.DATA_DIR), shape })),
  blobs: keep('the store of files', await openEmbeddedBlobStore({ directory: blobsDirectory(config.DATA_DIR) })),
  keys: keep('the store of keys', await namingFile(keysFile(config), openEmbeddedKeyStore(keysFile(config)))),
  lease: ownLease(),
  places: keep('the known places', openKnownPlaces(config.DATA_DIR)),
  lastSeal: openLastSeal(config.DATA_DIR),
  ephemera: noEphemera(),
});

/** Is any of it in the data directory, which one process has at a time? */
export const usesDataDir = ({ EVENTSTORE_URL, MONGODB_URL }: Config): boolean =>
  EVENTSTORE_URL === undefined || MONGODB_URL === undefined;

/** Where the data is, in words for the operator. */
export const placesOf = ({ EVENTSTORE_URL, MONGODB_URL, DATA_DIR }: Config): readonly string[] => {
  const servers = [EVENTSTORE_URL, MONGODB_URL].filter((url) => url !== undefined).map(withoutCredentials);
  return servers.length === 2 ? servers : [resolve(DATA_DIR), ...servers];
};

/** Where the keys are, in words for the operator. */
export const keysPlaceOf = (config: Config): string =>
  config.MONGODB_URL === undefined ? keysFile(config) : withoutCredentials(config.MONGODB_URL);

/** Of a server, as messages may name it: its options may hold passwords too. */
export const withoutCredentials = (url: string): string => url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*/s, '');

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

/** The secrets of the settings, or of the data directory. */
export const secretsOfServer = async ({ AUTH_SECRET, DATA_DIR }: Config): Promise<Secrets> =>
  AUTH_SECRET === undefined ? loadSecrets(DATA_DIR) : secretsOf(AUTH_SECRET);

/**
 * Opens all stores, or none. `shape`: of the views, if not those of this version. `ownDir`: the data directory, if this process
 * has opened it: it stays open then. @throws DataDirUnusable, Unavailable: with a message for the operator
 */
export const openStores = async (config: Config, shape = ownShape, ownDir?: DataDir): Promise<Stores> => {
  const { EVENTSTORE_URL, MONGODB_URL } = config;
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
  let tellFollowing: Parameters<Stores['onFollowing']>[0] = () => undefined;
  try {
    const dataDir = ownDir ?? (usesDataDir(config) ? await openDataDir(config.DATA_DIR) : undefined);
    if (dataDir && dataDir !== ownDir) keep('the data directory', { close: () => dataDir.release() });
    const secrets = await secretsOfServer(config);
    const isPutBack = EVENTSTORE_URL === undefined && wasPutBack(eventsFile(dataDir!.path));
    const { promise: replaced, resolve } = Promise.withResolvers<string>();
    const recorded = keep(
      'the store of events',
      EVENTSTORE_URL === undefined
        ? await namingFile(eventsFile(dataDir!.path), openEmbeddedEventStore({ file: eventsFile(dataDir!.path) }))
        : await openEventStoreDb(EVENTSTORE_URL, config, {
            onReplaced: resolve,
            onFollowing: (failure) => tellFollowing(failure),
            onClockDifference: (milliseconds) => {
              clockDifference = milliseconds;
            },
          }),
    );
    const rest =
      MONGODB_URL === undefined
        ? await openOwn({ ...config, DATA_DIR: dataDir!.path }, shape, keep)
        : await openShared(MONGODB_URL, shape, keep);
    const events = createHistory(recorded, rest.keys, () => performance.now());
    const place = placesOf(config).join(' and ');
    const warnings = (): readonly string[] => warningsOf(clockDifference);
    const free = async (): Promise<Free> => ({
      dataDir: dataDir && (await freeAt(dataDir.path)),
      blobs: await rest.blobs.free(),
    });
    const onFollowing: Stores['onFollowing'] = (listener) => {
      tellFollowing = listener;
    };
    return { events, ...rest, secrets, wasPutBack: isPutBack, replaced, onFollowing, place, free, warnings, close };
  } catch (error) {
    await close();
    throw error;
  }
};
