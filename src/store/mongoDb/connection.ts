// The way to MongoDB: how long anything may take, and how a call that failed is tried again.

import { setTimeout as delay } from 'node:timers/promises';
import { type Db, MongoClient, type MongoClientOptions, ReadPreference } from 'mongodb';
import { endBrokenCalls } from './brokenCalls.ts';
import { isLack, isOurs, outage } from './failures.ts';

export type MongoSource = { readonly url: string } | { readonly db: Db };

export type MongoConnection = Awaited<ReturnType<typeof connectMongo>>;

/**
 * The driver's `timeoutMS` does not end a call to a server that stopped answering; these do. The frequent heartbeat
 * finds such a server out, so that later calls fail at selection instead of each waiting for its socket.
 */
const LIMITS = {
  serverSelectionTimeoutMS: 1_500,
  connectTimeoutMS: 1_000,
  socketTimeoutMS: 3_000,
  heartbeatFrequencyMS: 2_000,
  waitQueueTimeoutMS: 1_500,
} as const;

const DEFAULT_DATABASE = 'verbatim';

/** Acknowledged only once it can no longer be lost; with the journal also on a standalone server. */
export const KEPT = { w: 'majority', journal: true } as const;
export const REPLICATED = { w: 'majority' } as const;
/** Reads nothing that an election can take back. */
export const MAJORITY = { level: 'majority' } as const;

/** How long a call is repeated at the start: a program that starts beside its server waits for it. Milliseconds. */
export const OPEN_PATIENCE_MS = 20_000;

/**
 * Connects, and waits for a server that starts at the same time. A `db` that was given is not closed. `slowness`: by which calls may take
 * longer, from a thread that gets little of the processor. @throws Unavailable
 */
export const connectMongo = async (
  source: MongoSource,
  slowness = 1,
): Promise<{ readonly db: Db; close(): Promise<void> }> => {
  if ('db' in source) return { db: source.db, close: async () => {} };
  const { url } = source;
  const limits = Object.entries(LIMITS)
    .filter(([name]) => !url.toLowerCase().includes(`${name.toLowerCase()}=`))
    .map(([name, milliseconds]) => [name, milliseconds * slowness] as const);
  // The stores repeat their own calls: repeated by the driver too, each would wait twice for a silent server.
  const client = clientOf(url, {
    ...Object.fromEntries(limits),
    appName: 'verbatim',
    ignoreUndefined: true,
    retryReads: false,
    retryWrites: false,
  });
  const endLooks = endBrokenCalls(client);
  const close = (): Promise<void> => client.close().finally(endLooks);
  try {
    // The driver connects by itself at the first call. If that fails, it never tries again: all later calls fail at once.
    await repeat('views', OPEN_PATIENCE_MS, () => client.connect());
  } catch (error) {
    await close();
    throw error;
  }
  const name = namesDatabase(url) ? undefined : DEFAULT_DATABASE;
  // Whatever the address asks for, with its tags: another member may lack what this process has just written.
  const db = client.db(name, { readPreference: ReadPreference.primary });
  return { db, close };
};

/** @throws Error naming the setting: the driver does not take the address. Its words hold no user and no password. */
const clientOf = (url: string, options: MongoClientOptions): MongoClient => {
  try {
    return new MongoClient(url, options);
  } catch (error) {
    throw new Error(`MONGODB_URL: ${(error as Error).message}`, { cause: error });
  }
};

const namesDatabase = (url: string): boolean => /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url);

/**
 * Makes a call that can be repeated without harm, again while it fails and no more than `patienceMs` have gone.
 * @throws Unavailable, at once for what the server lacks; an error of ours at once
 */
export const repeat = async <T>(
  store: 'views' | 'blobs' | 'keys',
  patienceMs: number,
  call: () => Promise<T>,
): Promise<T> => {
  const until = performance.now() + patienceMs;
  for (let pauseMs = 25; ; pauseMs *= 2) {
    try {
      return await call();
    } catch (error) {
      if (isOurs(error)) throw error;
      if (isLack(error) || performance.now() + pauseMs >= until) throw outage(store, error);
      await delay(pauseMs * (0.5 + Math.random() / 2));
    }
  }
};
