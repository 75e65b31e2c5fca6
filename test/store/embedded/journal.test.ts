// A reader that stays long, such as a backup, makes a write-ahead log grow; it must not keep that size on the disk.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openEventLog } from '../../../src/store/embedded/eventLog.ts';
import { JOURNAL_BYTES } from '../../../src/store/embedded/eventLogSchema.ts';
import { viewShape } from '../../../src/store/embedded/viewSchema.ts';
import { openBuild, openLive } from '../../../src/store/embedded/viewWriter.ts';

const shape = viewShape({ version: 1, readsFrom: 1, collections: [] });

test.each([
  ['events', (file: string) => openEventLog(file).close()],
  [
    'views',
    (file: string) => {
      openBuild(file, shape).end();
      openLive(file, shape).end();
    },
  ],
])('the write-ahead log of the %s is bounded', async (_, open) => {
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-journal-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const said = vi.spyOn(DatabaseSync.prototype, 'exec');
  onTestFinished(() => said.mockRestore());
  open(join(folder, 'a.db'));
  expect(said.mock.calls.join()).toContain(`PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
  expect(JOURNAL_BYTES).toBeLessThanOrEqual(64 * 1024 * 1024);
});
