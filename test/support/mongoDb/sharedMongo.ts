// Before all tests of the distributed mode: one MongoDB server for all of them, each program with a database of its own.

import { startMongo } from './startMongo.ts';

export const setup = async (): Promise<() => Promise<void>> => {
  const server = await startMongo({ isVolatile: true });
  if ('skipped' in server) return async () => undefined;
  process.env.VERBATIM_TEST_MONGODB = server.url;
  return () => server.close();
};
