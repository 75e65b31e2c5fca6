// Before all tests whose programs use MongoDB: one MongoDB server for all of them, each program with a database of its own.

import { startMongo } from './startMongo.ts';

export const setup = async (): Promise<() => Promise<void>> => {
  // Another project of this run has started it.
  if (process.env.VERBATIM_TEST_MONGODB) return async () => undefined;
  const server = await startMongo({ isVolatile: true });
  if ('skipped' in server) return async () => undefined;
  process.env.VERBATIM_TEST_MONGODB = server.url;
  return () => server.close();
};
