// The directory that holds all of an embedded installation, for one process at a time.

import { existsSync } from 'node:fs';
import { access, constants, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeFolder } from './durable.ts';
import { lockFile } from './lockFile.ts';

/** The data directory cannot be used; the message says why, and what to do. */
export class DataDirUnusable extends Error {
  override readonly name: string = 'DataDirUnusable';
}

/** Another process has the data directory. */
export class DataDirTaken extends DataDirUnusable {
  override readonly name = 'DataDirTaken';
}

export type DataDir = Awaited<ReturnType<typeof openDataDir>>;

/** Lies in a data directory while a backup is being restored into it. */
export const RESTORING = 'restoring';

/**
 * Opens the data directory for this process alone. A missing one is made, for its owner only; the mode of an existing one
 * is its owner's business. Out: the absolute path, and `release`, which lets the next process have the directory.
 * @throws DataDirUnusable another process holds it, it cannot be made or written to, or a restore into it did not end:
 * only another restore may open it then.
 */
export const openDataDir = async (dir: string, use: 'restore' | 'serve' = 'serve') => {
  const path = resolve(dir);
  try {
    await makeFolder(path);
    if (!(await stat(path)).isDirectory()) throw new Error('it is not a directory');
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
  const lock = await lockIn(path);
  if (use !== 'restore' && existsSync(join(path, RESTORING))) {
    lock.close();
    throw new DataDirUnusable(
      `a restore into ${path} did not end: part of the history is missing there. Run it again.`,
    );
  }
  const owner = ownerFile(path);
  const release = async (): Promise<void> => {
    if (!lock.isOpen) return;
    await rm(owner, { force: true });
    lock.close();
  };
  try {
    await writeFile(owner, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }), { mode: 0o600 });
  } catch (error) {
    await release();
    throw unwritable(path, error);
  }
  return { path, release };
};

const lockIn = async (path: string): Promise<DatabaseSync> => {
  let lock: DatabaseSync | undefined;
  try {
    lock = lockFile(join(path, 'lock'));
  } catch (error) {
    throw unwritable(path, error);
  }
  if (lock === undefined) throw await heldByOther(path);
  return lock;
};

const heldByOther = async (path: string): Promise<DataDirTaken> => {
  const owner = await readFile(ownerFile(path), 'utf8')
    .then((text) => JSON.parse(text) as { readonly pid: number; readonly since: string })
    .catch(() => undefined);
  const holder = owner ? `process ${owner.pid}, which opened it at ${owner.since}` : 'another process';
  return new DataDirTaken(
    `the data directory ${path} is in use by ${holder}. Stop that one first, or set another DATA_DIR.`,
  );
};

const unwritable = (path: string, cause: unknown): DataDirUnusable => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataDirUnusable(
    `the data directory ${path} cannot be written to: ${reason}. Make it writable, or set another DATA_DIR.`,
    { cause },
  );
};

/** Only for the message to the second process. Beside the lock: opening and closing the lock's own file would break it. */
const ownerFile = (path: string): string => join(path, 'lock-owner.json');
