import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readConfig } from '../src/config.ts';
import { openEventReader, openViews } from '../src/openAlone.ts';
import { rebuild } from '../src/projections/rebuild.ts';
import { environment } from './environment.ts';
const config = readConfig(environment(process.argv[2]!));
const events = await openEventReader(config);
const views = await openViews(config);
await rebuild(events, views, () => undefined);
for (let i = 0; i < 2; i++) {
  const h = monitorEventLoopDelay({ resolution: 1 }); h.enable();
  const c = process.cpuUsage(); const e = performance.eventLoopUtilization(); const t = performance.now();
  let turns = 0;
  await rebuild(events, views, () => void turns++, i === 1 ? { onCompared: () => undefined } : {});
  const { user, system } = process.cpuUsage(c);
  const u = performance.eventLoopUtilization(e);
  console.log({ s: (performance.now() - t) / 1000, cpu: (user + system) / 1e6, main: u.active / 1000, turns, p50: h.percentile(50) / 1e6, p99: h.percentile(99) / 1e6, max: h.max / 1e6 });
}
await views.close(); await events.close();
