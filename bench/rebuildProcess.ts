// node bench/rebuildProcess.ts <folder> <rounds>: rebuilds the views of a store and scans its log, in turn.

import { readConfig } from '../src/config.ts';
import { openEventReader, openViews } from '../src/openAlone.ts';
import { rebuild } from '../src/projections/rebuild.ts';
import { environment } from './environment.ts';
import { besideScans, seconds } from './scan.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const events = await openEventReader(config);
const views = await openViews(config);

const found = await besideScans(events, Number(rounds), () => seconds(() => rebuild(events, views, () => undefined)));
await views.close();
await events.close();
console.log(JSON.stringify(found));
