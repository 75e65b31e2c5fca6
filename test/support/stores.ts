// What a program under test keeps its data in: a folder of its own, or the pair of stores that VERBATIM_TEST_STORES names.

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startEventStoreDb } from './eventStoreDb/startEventStoreDb.ts';
import { withDatabase } from './mongoDb/startMongo.ts';

/** `eventstoredb`: with embedded views and blobs. `mongodb`: with the embedded log. */
const PAIRS = {
  embedded: { log: 'embedded', views: 'embedded' },
  distributed: { log: 'EventStoreDB', views: 'MongoDB' },
  eventstoredb: { log: 'EventStoreDB', views: 'embedded' },
  mongodb: { log: 'embedded', views: 'MongoDB' },
} as const;

export const pair = PAIRS[(process.env.VERBATIM_TEST_STORES || 'embedded') as keyof typeof PAIRS];
if (pair === undefined) throw new Error(`VERBATIM_TEST_STORES is one of ${Object.keys(PAIRS).join(', ')}`);

export const isDistributed = pair !== PAIRS.embedded;

export const AUTH_SECRET = 'a secret that every process of a test knows';

export interface ProgramStores {
  /** As in the environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** `keep`: what is in them is found again by the next call for the same folder. */
  close(keep: boolean): Promise<void>;
}

/** Of this worker. */
const mongoServer = (): string | undefined => {
  const servers = process.env.VERBATIM_TEST_MONGODB?.split(' ') ?? [];
  return servers[(Number(process.env.VITEST_POOL_ID) - 1) % servers.length];
};

const databaseFor = (dataDir: string): string => {
  const server = mongoServer();
  if (server === undefined) throw new Error('no MongoDB server was started for the tests');
  return withDatabase(server, `verbatim_test_${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`);
};

/** Takes away the views of a program that has stopped, as an operator may. */
export const dropViews = async (dataDir: string): Promise<void> => {
  if (pair.views === 'embedded') return rm(join(dataDir, 'views'), { recursive: true });
  const client = new MongoClient(databaseFor(dataDir));
  for (const { name } of await client.db().listCollections().toArray())
    if (name.startsWith('views_')) await client.db().dropCollection(name);
  await client.close();
};

/**
 * Of the pair: a log of its own, by a stand-in for a node on a file in `dataDir`, and a database of its own on the MongoDB
 * server that `sharedMongo.ts` started for this worker. What is embedded lies in the folder.
 */
export const storesIn = async (dataDir: string): Promise<ProgramStores> => {
  if (!isDistributed) return { settings: { DATA_DIR: dataDir }, close: async () => undefined };
  const MONGODB_URL = pair.views === 'MongoDB' ? databaseFor(dataDir) : undefined;
  const node = pair.log === 'EventStoreDB' ? await startEventStoreDb({ file: join(dataDir, 'node.db') }) : undefined;
  const servers = { ...(node && { EVENTSTORE_URL: node.url }), ...(MONGODB_URL && { MONGODB_URL }) };
  return {
    settings: { DATA_DIR: dataDir, AUTH_SECRET, ...servers },
    close: async (keep) => {
      await node?.close();
      // The tests' own server goes with all that is in it.
      if (keep || !process.env.MONGODB_URL || !MONGODB_URL) return;
      const client = new MongoClient(MONGODB_URL);
      await client.db().dropDatabase();
      await client.close();
    },
  };
};
