// Two exports never write to one folder.

import { readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { lockForExport } from '../../src/cli/exportLock.ts';
import { lockFile } from '../../src/store/embedded/lockFile.ts';
import { temporaryDirectory } from '../support/cli.ts';

vi.mock(import('../../src/store/embedded/lockFile.ts'), { spy: true });

/** What happens between the moment that an export finds the lock and the one in which it gets it. */
const whileItWaits = (happens: () => void): void => {
  vi.mocked(lockFile).mockImplementationOnce((file) => {
    const lock = new DatabaseSync(file);
    happens();
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  });
};

test('an export that waits for one that ends never has the folder together with a third one', async () => {
  const { path, remove } = await temporaryDirectory();
  const first = lockForExport(path);
  let third: Disposable | undefined;
  whileItWaits(() => {
    first[Symbol.dispose]();
    third = lockForExport(path);
  });
  expect(() => lockForExport(path)).toThrow('another export');
  third![Symbol.dispose]();

  const alone = lockForExport(path);
  expect(() => lockForExport(path)).toThrow('another export');
  alone[Symbol.dispose]();
  expect(await readdir(path)).toEqual([]);
  await remove();
});
