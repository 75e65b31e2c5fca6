// A work on a whole log, in a process of its own, beside bare scans of the same log.

import { type Figure, figure, median } from './figure.ts';
import type { Lab } from './lab.ts';
import type { BesideScans } from './scan.ts';

/** Runs a script with the folder of a store and the number of rounds, and reads what it prints. */
export const onWholeLog = async <Measured extends BesideScans>(lab: Lab, script: string): Promise<Measured> => {
  const { messages, fewMessages, rounds } = lab.sizes;
  const { dataDir } = await lab.seeded({ people: 1, histories: [fewMessages, messages] });
  return JSON.parse(await lab.script(script, [dataDir, String(rounds)], 'all').output()) as Measured;
};

/** Events a second, beside the scan. `works`: seconds of each round. */
export const eventsFigure = (name: string, { events, works, scans }: BesideScans): Figure =>
  figure(name, events / median(works), 'events/s', events / median(scans));
