// node bench/rebuildProcess.ts <folder> <rounds>: rebuilds the views of a store and scans its log, in turn.

import { readConfig } from '../src/config.ts';
import { openEventReader, openViews } from '../src/openAlone.ts';
import { rebuild } from '../src/projections/rebuild.ts';
import type { Rebuilt } from './benches/rebuilding.ts';
import { environment } from './environment.ts';
import { alternating } from './figure.ts';
import { scan, seconds } from './scan.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const events = await openEventReader(config);
const views = await openViews(config);

const count = await scan(events);
const { ones, others } = await alternating(
  Number(rounds),
  () => seconds(() => rebuild(events, views, () => undefined)),
  () => seconds(() => scan(events)),
);
await views.close();
await events.close();
console.log(JSON.stringify({ events: count, rebuilds: ones, scans: others } satisfies Rebuilt));
