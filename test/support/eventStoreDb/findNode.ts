// Where tests find a node: the one EVENTSTORE_URL names, or a stand-in started for them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreDb } from './startEventStoreDb.ts';

/** Address of a real node to test against, if one is given. Its faults cannot be switched on. */
export const realNodeUrl = process.env.EVENTSTORE_URL;

/** A node for a group of tests. `close` ends a stand-in and removes its file; a real node is left as it is. */
export async function findNode(): Promise<{ readonly url: string; close(): Promise<void> }> {
  return realNodeUrl ? { url: realNodeUrl, close: async () => {} } : startStandIn();
}

/** A stand-in on a file of its own, which goes with it; with or without TLS. */
export async function startStandIn({ tls = false } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'verbatim-node-'));
  const node = await startEventStoreDb({ file: join(dir, 'log.db'), tls });
  const close = async () => {
    await node.close();
    await rm(dir, { recursive: true });
  };
  return { ...node, close };
}

/** A stand-in with a client of its own, such as operators and other programs have. `close` ends both. */
export async function startStandInWithClient() {
  const node = await startStandIn();
  const client = EventStoreDBClient.connectionString(node.url);
  const close = async () => {
    await client.dispose();
    await node.close();
  };
  return { ...node, client, close };
}
