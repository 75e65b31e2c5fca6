// node bench/exportProcess.ts <folder> <rounds>: exports the log of a store, verifies the export, and scans the log, in turn.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportTo } from '../src/cli/exportLog.ts';
import { verifyExport } from '../src/cli/verifyExport.ts';
import { readConfig } from '../src/config.ts';
import { openRecorded } from '../src/openAlone.ts';
import type { Exported } from './benches/exporting.ts';
import { environment } from './environment.ts';
import { besideScans, seconds } from './scan.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const events = await openRecorded(config);
const folder = join(dataDir, '..', `export-${process.pid}`);

const verifying: number[] = [];
const found = await besideScans(events, Number(rounds), async () => {
  const taken = await seconds(() => exportTo(folder, config, {}));
  verifying.push(await seconds(() => verifyExport(folder)));
  await rm(folder, { recursive: true });
  return taken;
});
await events.close();
console.log(JSON.stringify({ ...found, verifying } satisfies Exported));
