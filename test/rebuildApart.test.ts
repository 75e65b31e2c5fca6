// The thread that fills new views for the thread that serves.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { fillApart } from '../src/rebuildApart.ts';
import type { ViewBuild } from '../src/store/ports.ts';
import { openCore, type TestCore } from './support/core.ts';
import { instead } from './support/instead.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
  await program.person('ann');
});
afterAll(() => program.dispose());

const fill = (build: ViewBuild, signal?: AbortSignal) =>
  fillApart(readConfig({ DATA_DIR: program.dataDir }))(build, () => undefined, { signal });

test('a fill that is given up ends at once, for the reason of its signal', async () => {
  const build = await program.stores.views.build();
  const complete = () => Promise.reject(new Error('it went on'));
  const given = new AbortController();
  const end = fill(instead(build, { complete }), given.signal);
  // The thread has hardly started.
  given.abort(new Error('given up'));
  await expect(end).rejects.toThrow('given up');
  await build.abandon();
});

test('what goes wrong in the thread is told, and the next fill is whole', async () => {
  const build = await program.stores.views.build();
  const place = join(program.dataDir, 'missing', 'views-1.db');
  await expect(fill(instead(build, { place }))).rejects.toThrow('unable to open');
  expect(await fill(build)).toMatchObject({ position: await program.stores.events.head() });
  await build.abandon();
});
