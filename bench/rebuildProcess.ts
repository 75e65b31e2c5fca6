// node bench/rebuildProcess.ts <folder> <rounds>: rebuilds the views of a store and scans its log, in turn.

import { readConfig } from '../src/config.ts';
import { openEventReader, openViews } from '../src/openAlone.ts';
import { rebuild } from '../src/projections/rebuild.ts';
import type { Rebuilt } from './benches/rebuilding.ts';
import { environment } from './environment.ts';
import { alternating } from './figure.ts';

const [dataDir = '', rounds = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const events = await openEventReader(config);
const views = await openViews(config);
const PAGE = 2000;

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

/** Everything of the log, parsed and let go. */
const scan = async (): Promise<number> => {
  let count = 0;
  for (let position = 0; ; ) {
    const page = await events.readLog(position, PAGE);
    if (page.length === 0) return count;
    for (const { data, meta } of page) {
      JSON.parse(data);
      JSON.parse(meta);
    }
    count += page.length;
    position = page.at(-1)!.position;
  }
};

const count = await scan();
const { ones, others } = await alternating(
  Number(rounds),
  () => seconds(() => rebuild(events, views, () => undefined)),
  () => seconds(scan),
);
await views.close();
await events.close();
console.log(JSON.stringify({ events: count, rebuilds: ones, scans: others } satisfies Rebuilt));
