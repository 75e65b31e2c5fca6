// Before all tests whose programs use MongoDB: a MongoDB server for each worker, each program with a database of its own.

import { availableParallelism } from 'node:os';
import type { TestProject } from 'vitest/node';
import { startMongo } from './startMongo.ts';

/** In place of this many workers, which Vitest chooses itself. */
const most = (): number => Math.max(1, availableParallelism() - 1);

/**
 * One server for all would be slower: a write to the stand-in wakes every cursor that waits for another one, of every
 * program, so the work grew with the square of the workers.
 */
export const setup = async ({ vitest }: TestProject): Promise<() => Promise<void>> => {
  // Another project of this run has started them.
  if (process.env.VERBATIM_TEST_MONGODB) return async () => undefined;
  const count = process.env.MONGODB_URL ? 1 : (vitest.config.maxWorkers ?? most());
  const servers = await Promise.all(Array.from({ length: count }, () => startMongo({ isVolatile: true })));
  const started = servers.filter((server) => 'url' in server);
  if (started.length === 0) return async () => undefined;
  process.env.VERBATIM_TEST_MONGODB = started.map(({ url }) => url).join(' ');
  return async () => {
    await Promise.all(started.map((server) => server.close()));
  };
};
