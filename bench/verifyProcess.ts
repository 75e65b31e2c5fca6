// node bench/verifyProcess.ts <folder> <rounds>: seals a store, then verifies and scans its log, in turn.

import { closeAfter } from '../src/closing.ts';
import { verifyLog } from '../src/commands/verifyLog.ts';
import { compose } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import type { End } from '../src/history/eventCheck.ts';
import { openRecorded } from '../src/openAlone.ts';
import { logFlaw } from '../src/store/embedded/logFlaw.ts';
import { createSpilledMap } from '../src/store/embedded/spilledMap.ts';
import { eventsFile, openStores } from '../src/stores.ts';
import type { Verified } from './benches/verifying.ts';
import { environment } from './environment.ts';
import { besideScans, seconds } from './scan.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));

const stores = await openStores(config);
const composed = await compose(config, stores, () => new Date());
const sealing = await seconds(() => composed.core.sealLog({ actorId: null, correlationId: 'bench' }));
await composed.close();
await stores.close();

const events = await openRecorded(config);
const head = await events.head();
const verify = async (): Promise<void> => {
  const { fault } = await closeAfter(createSpilledMap<End>(), (ends) =>
    verifyLog(events, { head, outside: [], ends, onProgress: () => undefined }),
  );
  if (fault !== undefined) throw new Error(`the log does not fit: ${fault.what}`);
  const flaw = logFlaw(eventsFile(dataDir));
  if (flaw !== undefined) throw new Error(flaw);
};
const found = await besideScans(events, Number(rounds), () => seconds(verify));
await events.close();
console.log(JSON.stringify({ ...found, sealing } satisfies Verified));
