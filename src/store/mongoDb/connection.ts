// The way to MongoDB: how long anything may take, what counts as an outage, and what is tried again.

import { setTimeout as delay } from 'node:timers/promises';
import {
  type Db,
  MongoBulkWriteError,
  MongoClient,
  MongoClientClosedError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoSystemError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb';
import { Unavailable } from '../ports.ts';

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

/** How long a call is repeated at the start: a program that starts beside its server waits for it. Milliseconds. */
export const OPEN_PATIENCE_MS = 20_000;

/** Connects, and waits for a server that starts at the same time. A `db` that was given is not closed. @throws Unavailable */
export const connectMongo = async (source: MongoSource): Promise<{ readonly db: Db; close(): Promise<void> }> => {
  if ('db' in source) return { db: source.db, close: async () => {} };
  const { url } = source;
  const limits = Object.entries(LIMITS).filter(([name]) => !url.toLowerCase().includes(`${name.toLowerCase()}=`));
  // The stores repeat their own calls: repeated by the driver too, each would wait twice for a silent server.
  const client = new MongoClient(url, {
    ...Object.fromEntries(limits),
    appName: 'verbatim',
    ignoreUndefined: true,
    retryReads: false,
    retryWrites: false,
  });
  try {
    // The driver connects by itself at the first call. If that fails, it never tries again: all later calls fail at once.
    await repeat('views', OPEN_PATIENCE_MS, () => client.connect());
  } catch (error) {
    await client.close();
    throw error;
  }
  return { db: client.db(namesDatabase(url) ? undefined : DEFAULT_DATABASE), close: () => client.close() };
};

const namesDatabase = (url: string): boolean => /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url);

/** Codes of a server that cannot answer now, not those of a wrong request. */
const AWAY = new Set([
  6, 7, 24, 43, 46, 50, 63, 64, 89, 91, 100, 133, 134, 175, 189, 237, 262, 317, 358, 384, 402, 462, 9001, 10107, 11600,
  11602, 13388, 13435, 13436, 14031,
]);
const OUTAGES = [
  MongoWriteConcernError,
  MongoNetworkError,
  MongoSystemError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
];
const SOCKET_CODES = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);

/** Whether the server is away, slow or closed, rather than refusing what was asked. */
export const isOutage = (error: unknown): boolean => {
  if (error instanceof MongoBulkWriteError) return isBulkOutage(error);
  if (OUTAGES.some((kind) => error instanceof kind)) return true;
  if (error instanceof MongoServerError)
    return AWAY.has(Number(error.code)) || error.hasErrorLabel('RetryableWriteError');
  if (!(error instanceof Error)) return false;
  if (error.name === 'MongoWaitQueueTimeoutError') return true;
  // The driver lets a socket's own error through now and then, without a code even.
  return (
    SOCKET_CODES.has(String((error as NodeJS.ErrnoException).code)) || error.message.includes('socket has been ended')
  );
};

/** The driver wraps every error that ends a bulk write, also that of a broken socket. */
const isBulkOutage = (error: MongoBulkWriteError): boolean => {
  const cause: unknown = error.errorResponse;
  if (cause instanceof Error) return isOutage(cause);
  return error.result.getWriteConcernError() !== undefined || writeErrorsOf(error).some(({ code }) => AWAY.has(code));
};

/** The failed operations of a bulk write: their places in it and why. */
export const writeErrorsOf = ({ writeErrors }: MongoBulkWriteError) => [writeErrors].flat();

export const DUPLICATE_KEY = 11000;

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/**
 * Makes a call that can be repeated without harm, again while the server is away and no more than `patienceMs` have gone.
 * @throws Unavailable
 */
export const repeat = async <T>(store: 'views' | 'blobs', patienceMs: number, call: () => Promise<T>): Promise<T> => {
  const until = performance.now() + patienceMs;
  for (let pauseMs = 25; ; pauseMs *= 2) {
    try {
      return await call();
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (performance.now() + pauseMs >= until) throw new Unavailable(store, error);
      await delay(pauseMs * (0.5 + Math.random() / 2));
    }
  }
};
