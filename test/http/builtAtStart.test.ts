// Views that a server builds by itself, in a thread beside it, on either pair of stores: what goes wrong there.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NO_STREAM, type ViewBuild } from '../../src/store/ports.ts';
import type { Stores } from '../../src/stores.ts';
import { instead } from '../support/instead.ts';
import { type Program, startProgram } from '../support/program.ts';

let dataDir: string;
let program: Program;
let logged: { msg: string; err?: { message: string } }[];
/** The builds that were begun. */
let begun: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'verbatim-'));
  [logged, begun] = [[], 0];
  program = await startProgram({ dataDir });
});
afterEach(async () => {
  await program.close();
  await rm(dataDir, { recursive: true });
});

/** Starts again on views of an earlier version, as it seems, until new ones are built. `nth`: makes the build of that number. */
const startOnOutdated = async (nth = (build: ViewBuild, _: number): ViewBuild => build): Promise<void> => {
  await program.close();
  let isOutdated = true;
  const around = (build: ViewBuild): ViewBuild => ({
    ...build,
    apply: () => Promise.reject(new Error('the thread that serves fills no views')),
    finish: async () => {
      await build.finish();
      isOutdated = false;
    },
  });
  const stores = (opened: Stores): Stores => ({
    ...opened,
    views: instead(opened.views, {
      checkpoint: async () => ({ ...(await opened.views.checkpoint()), isOutdated }),
      build: async () => nth(around(await opened.views.build()), ++begun),
    }),
  });
  const log = pino({ level: 'error' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  program = await startProgram({ dataDir, stores, log });
};
const troubles = async (): Promise<string> => (await program.call('GET', '/readyz')).json.troubles.join();
const isLogged = (text: string): boolean => logged.some(({ msg }) => msg === text);
/** The thread takes only what others leave of the processor. */
const SLOW = { timeout: 120_000 };

test('a store that is away for the thread is an outage: the next build is whole, and the trouble is over', async () => {
  const ann = await program.person('ann');
  // Neither a folder nor a build of that name is there.
  await startOnOutdated((build, n) => (n === 1 ? { ...build, place: join(dataDir, 'gone', 'views') } : build));
  await expect.poll(() => isLogged('the projector stopped'), SLOW).toBe(true);
  await expect.poll(troubles, SLOW).toBe('');
  expect(begun).toBe(2);
  expect(isLogged('the projector stopped for good')).toBe(false);
  const { status, json } = await program.call('GET', `/v1/users/${ann.id}`, { token: ann.token });
  expect([status, json.username]).toEqual([200, 'ann']);
}, 300_000);

test('a bug that shows in the thread stops the projector for good, in its own words', async () => {
  const meta = { v: 1, at: new Date().toISOString(), actorId: null, correlationId: 'newer' };
  const event = { id: randomUUID(), type: 'RainFell', data: '{}', meta: JSON.stringify(meta) };
  await program.services.events.append('weather-today', NO_STREAM, [event]);
  await startOnOutdated();
  await expect.poll(() => isLogged('the projector stopped for good'), SLOW).toBe(true);
  expect(await troubles()).toMatch(/projector: .*RainFell/);
  expect((await program.call('GET', '/readyz')).status).toBe(503);
  expect(begun).toBe(1);
}, 300_000);
