// Tells a file that is no longer a whole database from one that is only busy, full or out of reach.

import { errcodeOf } from '../cause.ts';

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** In: an error, or one that has SQLite's among its causes. */
export function isDamage(error: unknown): boolean {
  const code = errcodeOf(error);
  return code !== undefined && [CORRUPT, NOT_A_DATABASE].includes(code & 0xff);
}
