// verify, seal: events a second when the whole log is verified, or sealed at once, beside reading and parsing the same log.

import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';

/** Seconds of each round, and of sealing the log once. */
export interface Verified {
  readonly events: number;
  readonly sealing: number;
  readonly verifications: readonly number[];
  readonly scans: readonly number[];
}

export const verifying = async (lab: Lab): Promise<readonly Figure[]> => {
  const { messages, fewMessages, rounds } = lab.sizes;
  const { dataDir } = await lab.seeded({ people: 1, histories: [fewMessages, messages] });
  const child = lab.script('verifyProcess.ts', [dataDir, String(rounds)], 'all');
  const { events, sealing, verifications, scans } = JSON.parse(await child.output()) as Verified;
  const bare = events / median(scans);
  return [
    figure('verify', events / median(verifications), 'events/s', bare),
    figure('seal', events / sealing, 'events/s', bare),
  ];
};
