// Files that are lost or damaged keep nobody from copying everything else.

import { counted } from '../counted.ts';
import { UsageError } from './verb.ts';

/** Call it when all else is done. `place`: where the files should be, in words for the operator. @throws UsageError names them */
export const mustHaveLostNone = (what: string, hashes: readonly string[], place: string): void => {
  if (hashes.length === 0) return;
  throw new UsageError(
    `${what} has everything else, but ${counted(hashes.length, 'file is', 'files are')} lost or damaged in ${place}: ${hashes.join(', ')}`,
  );
};
