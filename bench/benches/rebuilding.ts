// rebuild: events a second when all views are rebuilt from the log, beside reading and parsing the same log.

import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';

/** Seconds of each round. */
export interface Rebuilt {
  readonly events: number;
  readonly scans: readonly number[];
  readonly rebuilds: readonly number[];
}

export const rebuilding = async (lab: Lab): Promise<readonly Figure[]> => {
  const { messages, fewMessages, rounds } = lab.sizes;
  const { dataDir } = await lab.seeded({ people: 1, histories: [fewMessages, messages] });
  const child = lab.script('rebuildProcess.ts', [dataDir, String(rounds)], 'all');
  const { events, scans, rebuilds } = JSON.parse(await child.output()) as Rebuilt;
  return [figure('rebuild', events / median(rebuilds), 'events/s', events / median(scans))];
};
