// Opens one store alone, for verbs of the command line: most of them only read, also while a server runs.

import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from './config.ts';
import { mustBeKeysOf } from './history/keysOfLog.ts';
import { openReader } from './history/openReader.ts';
import { shape as ownShape } from './projections/index.ts';
import { describeCause, errcodeOf } from './store/cause.ts';
import { openEmbeddedBlobStore } from './store/embedded/blobStore.ts';
import { openDataDir } from './store/embedded/dataDir.ts';
import { openEventLogReader } from './store/embedded/eventLogReader.ts';
import { openEmbeddedKeyReader } from './store/embedded/keyFile.ts';
import { openEmbeddedKeyStore } from './store/embedded/keyStore.ts';
import { openLastSeal } from './store/embedded/lastSeal.ts';
import { openEmbeddedViewStore } from './store/embedded/viewStore.ts';
import { openEmbeddedViewsApart } from './store/embedded/viewsApart.ts';
import {
  type BlobStore,
  type EventReader,
  type KeyStore,
  type MarkedReader,
  type OpenReader,
  type StoreName,
  Unavailable,
  type ViewStore,
  type ViewsApart,
} from './store/ports.ts';
import { mongoDb, openEventStoreDb } from './storeServers.ts';
import { blobsDirectory, eventsFile, keysFile, keysPlaceOf, viewsDirectory } from './stores.ts';

/** SQLITE_READONLY, SQLITE_CANTOPEN. */
const NO_ACCESS = [8, 14];

/** This process may not read a file, or may not write beside it, which SQLite needs to read a log. */
class NoAccess extends Unavailable {
  override readonly name = 'NoAccess';
  constructor(store: StoreName, file: string, cause: unknown) {
    super(store, cause);
    this.message =
      `${file} cannot be opened: ${whyNot(file) ?? describeCause(cause)}. Run this as the user that runs the server, with the folder ` +
      'open to writing. If nobody may write there, and no server runs, copy the folder and name the copy';
  }
}

const whyNot = (file: string): string | undefined => {
  try {
    accessSync(file, constants.R_OK);
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    return describeCause(error);
  }
};

const openFile = <T>(store: StoreName, file: string, open: (file: string) => T): T => {
  try {
    return onFile(store, () => open(file));
  } catch (error) {
    throw NO_ACCESS.includes((errcodeOf(error) ?? 0) & 0xff) ? new NoAccess(store, file, error) : error;
  }
};

/** What SQLite says of the file is an outage. Everything else is a bug, or says by itself what is wrong. */
const onFile = <T>(store: StoreName, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw errcodeOf(error) === undefined ? error : new Unavailable(store, error);
  }
};

/** Opens the log in a folder, a data directory or a backup, for reading only. @throws Unavailable; Error there is none */
export const openLogIn = (folder: string): EventReader => {
  const { readStream, readLog, head, close } = openFile('events', eventsFile(folder), openEventLogReader);
  return {
    readStream: async (stream, range) => onFile('events', () => readStream(stream, range)),
    readLog: async (position, limit) => onFile('events', () => readLog(position, limit)),
    head: async () => onFile('events', head),
    close: async () => close(),
  };
};

/** Opens the event log as it lies, for reading only, also while a server runs. */
export const openRecorded = async (config: Config): Promise<EventReader> =>
  config.EVENTSTORE_URL === undefined ? openLogIn(config.DATA_DIR) : openEventStoreDb(config.EVENTSTORE_URL, config);

/** Opens the keys for reading only, also while a server runs. */
export const openKeyReader = async (config: Config): Promise<Pick<KeyStore, 'get' | 'close'>> =>
  config.MONGODB_URL === undefined
    ? openFile('keys', keysFile(config), openEmbeddedKeyReader)
    : (await mongoDb()).openMongoKeyStore({ url: config.MONGODB_URL });

/** Opens the event log for reading only, also while a server runs. @throws Error the keys are those of no log, or of another one */
export const openEventReader = async (config: Config): Promise<OpenReader & MarkedReader> => {
  const recorded = await openRecorded(config);
  let close = recorded.close;
  try {
    const keys = await openKeyReader(config);
    close = () => keys.close().finally(recorded.close);
    await mustBeKeysOf(recorded, keys, keysPlaceOf(config));
    return { ...openReader(recorded, keys), close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** The last seal that a server kept beside the log, also while it runs. @throws Unavailable */
export const readLastSeal = async ({ MONGODB_URL, DATA_DIR }: Config): Promise<string | undefined> => {
  if (MONGODB_URL === undefined) return openLastSeal(DATA_DIR).read();
  const { connectMongo, openSharedLastSeal } = await mongoDb();
  const { db, close } = await connectMongo({ url: MONGODB_URL });
  return openSharedLastSeal(db).read().finally(close);
};

/** Opens the keys alone. */
export const openKeys = async (config: Config): Promise<KeyStore> =>
  config.MONGODB_URL === undefined
    ? openEmbeddedKeyStore(keysFile(config))
    : (await mongoDb()).openMongoKeyStore({ url: config.MONGODB_URL });

/** Opens the views alone. @throws DataDirUnusable another process uses the data directory */
export const openViews = async (config: Config): Promise<ViewStore> => {
  if (config.MONGODB_URL !== undefined)
    return (await mongoDb()).openMongoViewStore({ url: config.MONGODB_URL, shape: ownShape });
  const { path, release } = await openDataDir(config.DATA_DIR);
  const views = await openEmbeddedViewStore({ directory: viewsDirectory(path), shape: ownShape }).catch(
    async (error) => {
      await release();
      throw error;
    },
  );
  return { ...views, close: () => views.close().finally(release) };
};

/** Opens the views in a thread that fills a build of another one. `place`: of the build. */
export const openViewsApart = async ({ MONGODB_URL: url, DATA_DIR }: Config, place: string): Promise<ViewsApart> => {
  if (url === undefined) return openEmbeddedViewsApart({ directory: viewsDirectory(DATA_DIR), shape: ownShape }, place);
  const views = await (await mongoDb()).openMongoViewStore({ url, shape: ownShape, place });
  return { ...views, build: await views.build() };
};

/** Opens the files alone. Those of a data directory: only with its lock. */
export const openBlobs = async ({ MONGODB_URL, DATA_DIR }: Config): Promise<BlobStore> =>
  MONGODB_URL === undefined
    ? openEmbeddedBlobStore({ directory: blobsDirectory(DATA_DIR) })
    : (await mongoDb()).openGridFsBlobStore({ url: MONGODB_URL });
