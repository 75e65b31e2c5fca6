// Two exports never write to one folder.

import { readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { lockForExport } from '../../src/cli/exportLock.ts';
import { temporaryDirectory } from '../support/cli.ts';

/** What happens after the next export has opened the file of the lock, and before it gets the lock. */
const whileItWaits = (happens: () => void): void => {
  const { exec } = DatabaseSync.prototype;
  const spy = vi.spyOn(DatabaseSync.prototype, 'exec');
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementationOnce(function (this: DatabaseSync, sql) {
    happens();
    exec.call(this, sql);
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
