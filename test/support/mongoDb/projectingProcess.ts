// A process that projects, for tests that stop it and wake it: takes the lease, then a line of JSON (a batch and its
// checkpoint) for each batch to apply; tells in lines of JSON what came of it.

import { createInterface } from 'node:readline';
import { shape } from '../../../src/projections/index.ts';
import { connectMongo } from '../../../src/store/mongoDb/connection.ts';
import { createLease } from '../../../src/store/mongoDb/lease.ts';
import { openMongoViewStore } from '../../../src/store/mongoDb/viewStore.ts';
import { upTo } from '../upTo.ts';

const [url = '', ttlMs = ''] = process.argv.slice(2);
const tell = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

const mongo = await connectMongo({ url });
const lease = createLease({ db: mongo.db, name: 'projector', holder: 'child', ttlMs: Number(ttlMs) });
const { token, lost } = await lease.held(new AbortController().signal);
const store = await openMongoViewStore({ url, shape, fence: () => token });
await store.checkpoint();
tell({ token });
for await (const line of createInterface({ input: process.stdin })) {
  const { batch, checkpoint } = JSON.parse(line);
  try {
    await store.apply(batch, upTo(checkpoint));
    tell({ applied: checkpoint, lost: lost.aborted });
  } catch (error) {
    tell({ refused: (error as Error).name, lost: lost.aborted });
  }
}
await store.close();
await mongo.close();
