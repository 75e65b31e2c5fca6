// verify, seal: events a second when the whole log is verified, or sealed at once, beside reading and parsing the same log.

import type { Figure } from '../figure.ts';
import type { Lab } from '../lab.ts';
import type { BesideScans } from '../scan.ts';
import { eventsFigure, onWholeLog } from '../wholeLog.ts';

export interface Verified extends BesideScans {
  /** Seconds of sealing the log once. */
  readonly sealing: number;
}

export const verifying = async (lab: Lab): Promise<readonly Figure[]> => {
  const found = await onWholeLog<Verified>(lab, 'verifyProcess.ts');
  return [eventsFigure('verify', found), eventsFigure('seal', { ...found, works: [found.sealing] })];
};
