// rebuild: events a second when all views are rebuilt from the log, beside reading and parsing the same log.

import type { Figure } from '../figure.ts';
import type { Lab } from '../lab.ts';
import { eventsFigure, onWholeLog } from '../wholeLog.ts';

export const rebuilding = async (lab: Lab): Promise<readonly Figure[]> => [
  eventsFigure('rebuild', await onWholeLog(lab, 'rebuildProcess.ts')),
];
