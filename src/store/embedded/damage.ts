// Tells a file that is no longer a whole database from one that is only busy, full or out of reach.

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** In: an error, or one that has SQLite's as its cause. */
export function isDamage(error: unknown): boolean {
  const code = errcodeOf(error) ?? errcodeOf((error as { cause?: unknown } | undefined)?.cause);
  return code !== undefined && [CORRUPT, NOT_A_DATABASE].includes(code & 0xff);
}

/** SQLite's code, if the error is its. */
export function errcodeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}
