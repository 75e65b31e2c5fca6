// node bench/exportProcess.ts <folder> <rounds>: exports the log of a store, and scans it, in turn.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportTo } from '../src/cli/exportLog.ts';
import { readConfig } from '../src/config.ts';
import { openRecorded } from '../src/openAlone.ts';
import type { Exported } from './benches/exporting.ts';
import { environment } from './environment.ts';
import { alternating } from './figure.ts';
import { scan, seconds } from './scan.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const events = await openRecorded(config);
const folder = join(dataDir, '..', `export-${process.pid}`);

const exporting = async (): Promise<void> => {
  await exportTo(folder, config, {});
};

const count = await scan(events);
const { ones, others } = await alternating(
  Number(rounds),
  async () => {
    const taken = await seconds(exporting);
    await rm(folder, { recursive: true });
    return taken;
  },
  () => seconds(() => scan(events)),
);
await events.close();
console.log(JSON.stringify({ events: count, exports: ones, scans: others } satisfies Exported));
