// export, verify-export: events a second when the whole log is exported, and when that export is verified, beside reading and
// parsing the same log.

import type { Figure } from '../figure.ts';
import type { Lab } from '../lab.ts';
import type { BesideScans } from '../scan.ts';
import { eventsFigure, onWholeLog } from '../wholeLog.ts';

export interface Exported extends BesideScans {
  /** Seconds of verifying the export in each round. */
  readonly verifying: readonly number[];
}

export const exporting = async (lab: Lab): Promise<readonly Figure[]> => {
  const found = await onWholeLog<Exported>(lab, 'exportProcess.ts');
  return [eventsFigure('export', found), eventsFigure('verify-export', { ...found, works: found.verifying })];
};
