// export: events a second when the whole log is exported, beside reading and parsing the same log.

import type { Figure } from '../figure.ts';
import type { Lab } from '../lab.ts';
import { eventsFigure, onWholeLog } from '../wholeLog.ts';

export const exporting = async (lab: Lab): Promise<readonly Figure[]> => [
  eventsFigure('export', await onWholeLog(lab, 'exportProcess.ts')),
];
