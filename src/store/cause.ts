// What is behind a failure of a store, in words for operators: the code and the text of the operating system or of the
// database. Never a path, an address or data: `/readyz` shows it to everybody.

import { constants as system } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** Facts in errors of SQLite (`errcode`, `errstr`) and of the system (`errno`, `syscall`). */
type Facts = { readonly [fact in 'code' | 'errno' | 'syscall' | 'errcode' | 'errstr' | 'cause']?: unknown };

/** What a server answered, in words that its adapter has freed of data and addresses. */
export class Said extends Error {
  override readonly name = 'Said';
}

const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGES = [11, 26];
/** These stand for the call that failed: what was written is in a file that the next start does not read. */
export const LOG_REPLACED = 'the file of the log was replaced while the server ran';
export const KEYS_REPLACED = 'the keys were replaced while the server ran';
/** SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, and the system's own calls. */
const FAILED_SYNCS: readonly unknown[] = [1034, 1290, 'fsync', 'fdatasync', LOG_REPLACED, KEYS_REPLACED];
/** The file shared beside the log of writes could not grow. */
const SQLITE_IOERR_SHMSIZE = 4874;

/** `why`: one of the two above. */
export const replaced = (why: string): Error =>
  Object.assign(new Error(why), { code: 'ESTALE', errno: -system.errno.ESTALE, syscall: why });

/** An error and its causes, the outermost first. */
const chainOf = (error: unknown): readonly Facts[] => {
  const chain: Facts[] = [];
  for (let at = error; typeof at === 'object' && at !== null && chain.length < 10; at = (at as Facts).cause)
    chain.push(at);
  return chain;
};

/** SQLite's code, if the error or one of its causes is SQLite's. */
export const errcodeOf = (error: unknown): number | undefined =>
  chainOf(error)
    .map(({ errcode }) => errcode)
    .find((code) => typeof code === 'number');

/** Whether a file is no longer a whole database, rather than busy, full or out of reach. */
export const isDamage = (error: unknown): boolean => {
  const code = errcodeOf(error);
  return code !== undefined && DAMAGES.includes(code & 0xff);
};

/**
 * Whether a sync failed. After that the system may have dropped what was to be written and call it clean, so no later
 * sync tells the truth: only a start from what is on disk does.
 */
export const isFailedSync = (error: unknown): boolean =>
  chainOf(error).some(({ errcode, syscall }) => FAILED_SYNCS.includes(errcode) || FAILED_SYNCS.includes(syscall));

/** Out: for instance `ENOSPC: no space left on device, write`; `undefined` where nothing is known. */
export const describeCause = (error: unknown): string | undefined => {
  const chain = chainOf(error);
  for (const facts of chain) {
    const text = facts instanceof Said ? facts.message : (ofSqlite(facts) ?? ofSystem(facts));
    if (text !== undefined) return text;
  }
  const last = chain.at(-1);
  // Our own messages hold no secret. Those of others hold addresses: only their name is safe.
  if (!(last instanceof Error)) return undefined;
  return last.constructor === Error ? last.message : last.name;
};

const ofSqlite = ({ errcode, errstr }: Facts): string | undefined => {
  if (typeof errcode !== 'number') return undefined;
  const text = typeof errstr === 'string' ? errstr : 'the database failed';
  if (errcode === SQLITE_FULL || errcode === SQLITE_IOERR_SHMSIZE) return `ENOSPC: ${text} (SQLite ${errcode})`;
  if (FAILED_SYNCS.includes(errcode)) return `EIO: ${text}, fsync (SQLite ${errcode})`;
  return `${(errcode & 0xff) === SQLITE_IOERR ? 'EIO: ' : ''}${text} (SQLite ${errcode})`;
};

const ofSystem = ({ code, errno, syscall }: Facts): string | undefined => {
  if (typeof code !== 'string' || typeof errno !== 'number') return undefined;
  const text = getSystemErrorMap().get(errno)?.[1] ?? 'the system refused';
  return `${code}: ${text}${typeof syscall === 'string' ? `, ${syscall}` : ''}`;
};
