// Every bench there is, in the order in which they run.

import type { Figure } from '../figure.ts';
import type { Lab } from '../lab.ts';
import { deliveries } from './deliveries.ts';
import { exporting } from './exporting.ts';
import { guardedSends } from './guardedSends.ts';
import { idleMemory } from './idleMemory.ts';
import { importing } from './importing.ts';
import { latency } from './latency.ts';
import { liveRebuild } from './liveRebuild.ts';
import { fullPage, markedPage, page, pastPage, sync } from './page.ts';
import { ready } from './ready.ts';
import { rebuilding } from './rebuilding.ts';
import { reconnect } from './reconnect.ts';
import { searching } from './searching.ts';
import { loopDelay, sends } from './sending.ts';
import { verifying } from './verifying.ts';

export type Bench = (lab: Lab) => Promise<readonly Figure[]>;

export const benches: Readonly<Record<string, Bench>> = {
  sends,
  'guarded-sends': guardedSends,
  deliveries,
  reconnect,
  latency,
  rebuild: rebuilding,
  'live-rebuild': liveRebuild,
  export: exporting,
  verify: verifying,
  page,
  'marked-page': markedPage,
  'full-page': fullPage,
  'past-page': pastPage,
  sync,
  'idle-memory': idleMemory,
  ready,
  'loop-delay': loopDelay,
  import: importing,
  search: searching,
};
