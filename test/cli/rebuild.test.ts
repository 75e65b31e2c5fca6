// The verb that builds the views again: a server that has them builds, beside its work; without one the verb does it.

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seedStore } from '../../bench/seed.ts';
import { shape } from '../../src/projections/index.ts';
import { folderOf } from '../../src/store/embedded/viewFiles.ts';
import type { ViewBuild } from '../../src/store/ports.ts';
import { type Stores, viewsDirectory } from '../../src/stores.ts';
import { ended, startVerb, temporaryDirectory } from '../support/cli.ts';
import { embeddedSite } from '../support/embeddedSite.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { isDistributed } from '../support/stores.ts';
import { viewsDump } from '../support/viewsDump.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let dataDir: string;
beforeEach(async () => {
  home = await temporaryDirectory();
  dataDir = join(home.path, 'data');
});
afterEach(() => home.remove());

const generations = async () =>
  (await readdir(folderOf(viewsDirectory(dataDir), shape.version))).filter((name) => name.endsWith('.db'));

/** Somebody with a group, and a number of messages in it. */
const talk = async ({ call, person }: Pick<Program, 'call' | 'person'>, messages: number) => {
  const ann: Person = await person('ann');
  const { id } = (await call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } })).json;
  const path = `/v1/conversations/${id}/messages`;
  const say = (text: string) => call('POST', path, { token: ann.token, json: { text } });
  for (let sent = 0; sent < messages; sent += 100)
    await Promise.all(Array.from({ length: Math.min(100, messages - sent) }, (_, i) => say(`text ${sent + i}`)));
  const last = async (): Promise<string> =>
    (await call('GET', `${path}?limit=1`, { token: ann.token })).json.items[0].text;
  return { say, last };
};

/** A gate before a build that another thread has filled. The thread that serves fills none. */
const slowBuilds = () => {
  const gate = createGate();
  let onFilled = () => {};
  const reached = new Promise<void>((resolve) => {
    onFilled = resolve;
  });
  const slow = (build: ViewBuild): ViewBuild => ({
    ...build,
    apply: () => Promise.reject(new Error('this is no work for the thread that serves')),
    complete: async (to) => {
      onFilled();
      await gate.passed();
      return build.complete(to);
    },
  });
  const stores = (opened: Stores): Stores => ({
    ...opened,
    views: instead(opened.views, { build: async () => slow(await opened.views.build()) }),
  });
  return { gate, reached, stores };
};

test.skipIf(isDistributed)(
  'a server builds them beside its work, asked by the verb, which shows how far it is',
  async () => {
    // Longer than any system takes the path of a socket.
    dataDir = join(home.path, 'deep'.repeat(40));
    const { gate, reached, stores } = slowBuilds();
    const program = await startProgram({ dataDir, stores });
    const { say, last } = await talk(program, 10);
    const [before] = await generations();
    gate.shut();
    const verb = runVerbHere(['rebuild'], { DATA_DIR: dataDir });
    await reached;
    expect((await say('while they are built')).status).toBe(201);
    expect(await last()).toBe('while they are built');
    gate.open();
    const { code, err } = await verb;
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('"what":"rebuild"') });
    expect((await say('afterwards')).status).toBe(201);
    expect(await last()).toBe('afterwards');
    expect(await generations()).toHaveLength(1);
    expect(await generations()).not.toContain(before);
    await program.close();
  },
);

test.skipIf(isDistributed)('a verb that is killed leaves the old ones serving, and nothing behind', async () => {
  const { gate, reached, stores } = slowBuilds();
  const program = await startProgram({ dataDir, stores });
  const { last } = await talk(program, 3);
  const before = await generations();
  gate.shut();
  const verb = startVerb(['rebuild'], { DATA_DIR: dataDir });
  const end = ended(verb);
  await reached;
  // A second one is refused, and does no harm to the first.
  const second = await runVerbHere(['rebuild'], { DATA_DIR: dataDir });
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining('another build is running') });
  verb.kill('SIGKILL');
  await end;
  gate.open();
  await expect.poll(generations).toEqual(before);
  expect(await last()).toMatch(/^text /);
  expect((await program.call('GET', '/readyz')).json).toMatchObject({ status: 'ready', troubles: [] });
  await program.close();
});

test.skipIf(isDistributed)('a server that stops gives the build up, and the verb says so', async () => {
  await seedStore(dataDir, { people: 1, histories: [2500] });
  const { gate, stores } = slowBuilds();
  const program = await startProgram({ dataDir, stores });
  const before = await generations();
  gate.shut();
  const verb = runVerbHere(['rebuild'], { DATA_DIR: dataDir });
  while ((await generations()).length < 2);
  const closed = program.close();
  gate.open();
  await closed;
  expect(await verb).toMatchObject({ code: 1, err: expect.stringContaining('the server stops') });
  expect(await generations()).toEqual(before);
});

const priorities = async (): Promise<readonly number[]> => {
  const threads = await readdir('/proc/self/task');
  const stats = await Promise.all(
    threads.map((each) => readFile(`/proc/self/task/${each}/stat`, 'utf8').catch(() => '')),
  );
  return stats.map((stat) => Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17]));
};

test.runIf(process.platform === 'linux' && !isDistributed)(
  'a build takes only what requests leave of the processor',
  async () => {
    const program = await startProgram({ dataDir });
    await talk(program, 3);
    let isOver = false;
    const verb = runVerbHere(['rebuild'], { DATA_DIR: dataDir }).finally(() => {
      isOver = true;
    });
    let lowest = 0;
    while (!isOver && lowest < 15) lowest = Math.max(...(await priorities()));
    expect(lowest).toBe(15);
    expect((await verb).code).toBe(0);
    await program.close();
  },
);

test('a server that is killed while it builds starts again on whole views; once it is gone the verb builds them itself', async () => {
  await seedStore(dataDir, { people: 1, histories: [2500] });
  const site = embeddedSite(dataDir);
  await site.start();
  const live = site.viewsDump();
  const verb = runVerbHere(['rebuild'], { DATA_DIR: dataDir });
  while ((await generations()).length < 2);
  await site.kill();
  expect((await verb).code).toBe(1);
  await site.start();
  expect(await generations()).toHaveLength(1);
  expect(site.viewsDump()).toEqual(live);
  // Its socket is left behind.
  await site.kill();
  const { code, err } = await runVerbHere(['rebuild'], { DATA_DIR: dataDir });
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('"what":"rebuild"') });
  expect(await generations()).toHaveLength(1);
  expect(viewsDump(dataDir)).toEqual(live);
}, 60_000);

test('where there is no log the verb builds nothing', async () => {
  const nothing = await runVerbHere(['rebuild'], { DATA_DIR: dataDir });
  expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('there is no event log') });
  await mkdir(dataDir, { recursive: true });
  expect(await readdir(dataDir)).toEqual([]);
});
