// The thread that fills new views for the thread that serves.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { fillApart } from '../src/rebuildApart.ts';
import { Unavailable, type ViewBuild } from '../src/store/ports.ts';
import { keysFile } from '../src/stores.ts';
import { openCore, type TestCore } from './support/core.ts';
import { instead } from './support/instead.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
  await program.person('ann');
});
afterAll(() => program.dispose());

const config = () => readConfig({ DATA_DIR: program.dataDir });
const fill = (build: ViewBuild, options: Parameters<ReturnType<typeof fillApart>>[2] = {}) =>
  fillApart(config())(build, () => undefined, options);

test('a fill that is given up ends at once, for the reason of its signal', async () => {
  const build = await program.stores.views.build();
  const complete = () => Promise.reject(new Error('it went on'));
  const given = new AbortController();
  const end = fill(instead(build, { complete }), { signal: given.signal });
  // The thread has hardly started.
  given.abort(new Error('given up'));
  await expect(end).rejects.toThrow('given up');
  await build.abandon();
});

test('a store that is away for the thread is an outage of that store, and the next fill is whole', async () => {
  const build = await program.stores.views.build();
  const place = join(program.dataDir, 'missing', 'views-1.db');
  const error = await fill(instead(build, { place })).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ store: 'views', message: expect.stringContaining('unable to open') });
  expect(await fill(build)).toMatchObject({ position: await program.stores.events.head() });
  await build.abandon();
});

const threads = (): readonly string[] => readdirSync('/proc/self/task');

/** Whether a thread that is not among those of `before` has a low priority. */
const isOneNice = (before: readonly string[]): boolean =>
  threads().some((id) => {
    if (before.includes(id)) return false;
    const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/self/task/${id}/stat`, 'utf8')) ?? [];
    return Number(rest.split(' ')[16]) > 0;
  });

test.runIf(process.platform === 'linux')(
  'a fill leaves the processor to others, unless nobody can read before it is done',
  async () => {
    const build = await program.stores.views.build();
    // The thread waits for the keys until it gives them up as an outage.
    const held = new DatabaseSync(keysFile(config()));
    held.exec('BEGIN EXCLUSIVE');
    const before = threads();
    let wasNice = false;
    const looking = setInterval(() => {
      wasNice ||= isOneNice(before);
    }, 5);
    try {
      const urgent = await fill(build, { isUrgent: true }).catch((thrown: unknown) => thrown);
      expect([urgent, wasNice]).toEqual([expect.objectContaining({ name: 'Unavailable', store: 'keys' }), false]);
      const over = new AbortController();
      const filling = fill(build, { signal: over.signal });
      await expect.poll(() => wasNice).toBe(true);
      over.abort(new Error('seen'));
      await expect(filling).rejects.toThrow('seen');
    } finally {
      clearInterval(looking);
      held.close();
      await build.abandon();
    }
  },
);

/** Holds every descriptor that this process may have, until the end of the test. */
const holdDescriptors = (): void => {
  const [, before] = /Max open files +(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))!;
  const limit = (soft: string): void => void execFileSync('prlimit', ['--pid', `${process.pid}`, `--nofile=${soft}:`]);
  const held: number[] = [];
  limit('400');
  onTestFinished(() => {
    for (const descriptor of held) closeSync(descriptor);
    limit(before!);
  });
  for (;;)
    try {
      held.push(openSync('/dev/null', 'r'));
    } catch {
      return;
    }
};

test.runIf(process.platform === 'linux')('a thread that cannot begin is an outage', async () => {
  const build = await program.stores.views.build();
  holdDescriptors();
  await expect(fill(build)).rejects.toThrow(Unavailable);
  await build.abandon();
});
