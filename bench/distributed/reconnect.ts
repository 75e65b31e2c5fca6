// The same as `reconnect`, on EventStoreDB with embedded views.

import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { Figure } from '../figure.ts';
import { returning, seedFor } from '../returning.ts';
import { type DistributedSizes, openSite } from './site.ts';

const script = join(import.meta.dirname, '../receivers.ts');

export const reconnectOnEventStoreDb = async (sizes: DistributedSizes): Promise<readonly Figure[]> => {
  const site = await openSite();
  try {
    const { dataDir, ...seeded } = await site.seed(seedFor(sizes.sockets));
    const server = await site.start({ DATA_DIR: dataDir });
    return await returning('distributed-reconnect', server, seeded, startChild([script], { on: [] }), sizes);
  } finally {
    await site.close();
  }
};
