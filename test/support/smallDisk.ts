// A small disk of its own, which a test fills and empties: a tmpfs, where mounting is allowed.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';

export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives it back. */
  empty(): void;
  remove(): Promise<void>;
}

const mounted = (path: string, bytes: number): string | undefined => {
  const { error, status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (error) return error.message;
  return status === 0 ? undefined : stderr.trim();
};

/** @throws Error nothing may be mounted here. */
export const smallDisk = async (bytes: number): Promise<SmallDisk> => {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'verbatim-disk-')));
  const why = mounted(path, bytes);
  if (why !== undefined) {
    await rm(path, { recursive: true });
    throw new Error(why);
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: () => {
      const file = openSync(ballast, 'a');
      try {
        for (const piece of [new Uint8Array(256 * 1024), new Uint8Array(4096)]) fillWith(file, piece);
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remove: async () => {
      spawnSync('umount', ['-l', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
};

const fillWith = (file: number, piece: Uint8Array): void => {
  for (;;) {
    try {
      if (writeSync(file, piece) < piece.byteLength) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
};

const missing = await smallDisk(4096 * 16)
  .then((disk) => disk.remove())
  .then(
    () => undefined,
    (error: Error) => `no small disk can be mounted: ${error.message}`,
  );

/** A test that needs a small disk. */
export const onSmallDisk = (name: string, run: () => Promise<void>, timeout?: number): void =>
  missing === undefined ? test(name, run, timeout) : test.skip(`${name}: skipped, ${missing}`);
