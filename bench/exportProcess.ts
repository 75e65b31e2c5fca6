// node bench/exportProcess.ts <folder> <rounds>: exports the log of a store, and scans it, in turn.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportTo } from '../src/cli/exportLog.ts';
import { readConfig } from '../src/config.ts';
import { openRecorded } from '../src/openAlone.ts';
import { environment } from './environment.ts';
import { besideScans, seconds } from './scan.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const events = await openRecorded(config);
const folder = join(dataDir, '..', `export-${process.pid}`);

const found = await besideScans(events, Number(rounds), async () => {
  const taken = await seconds(() => exportTo(folder, config, {}));
  await rm(folder, { recursive: true });
  return taken;
});
await events.close();
console.log(JSON.stringify(found));
