// export: events a second when the whole log is exported, beside reading and parsing the same log.

import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';

/** Seconds of each round. */
export interface Exported {
  readonly events: number;
  readonly scans: readonly number[];
  readonly exports: readonly number[];
}

export const exporting = async (lab: Lab): Promise<readonly Figure[]> => {
  const { messages, fewMessages, rounds } = lab.sizes;
  const { dataDir } = await lab.seeded({ people: 1, histories: [fewMessages, messages] });
  const child = lab.script('exportProcess.ts', [dataDir, String(rounds)], 'all');
  const { events, scans, exports } = JSON.parse(await child.output()) as Exported;
  return [figure('export', events / median(exports), 'events/s', events / median(scans))];
};
