// Notices that another file took the place of one that is open: what is written then is gone at the next start.

import { statSync } from 'node:fs';
import { replaced } from '../cause.ts';

/** Tells a file from every other one, also from a copy of it under the same name. */
export const identityOf = (file: string): string => {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino}-${stats.birthtimeNs}`;
};

/** `identity`: what the file had when it was opened. `why`: in words for operators. @throws Error it has another one */
export const mustBeInPlace = (file: string, identity: string, why: string): void => {
  if (identityOf(file) !== identity) throw replaced(why);
};
