// The doctor as operators meet it: the verb beside a server and alone, the check in the background, and a rebuild over HTTP.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shape } from '../../src/projections/index.ts';
import { folderOf } from '../../src/store/embedded/viewFiles.ts';
import { eventsFile, viewsDirectory } from '../../src/stores.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { listening } from '../support/sockets.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let dataDir: string;
let program: Program;
let ann: Person;
beforeAll(async () => {
  home = await temporaryDirectory();
  dataDir = join(home.path, 'data');
  program = await startProgram({ dataDir, checkEvery: 50, settings: { VIEW_CHECK: '100' } });
  ann = await program.person('ann');
  await program.grant(ann.id, 'admin');
});
afterAll(async () => {
  await program.close();
  await home.remove();
});

const inViews = (sql: string, ...values: readonly string[]): void => {
  const directory = folderOf(viewsDirectory(dataDir), shape.version);
  const { generation } = JSON.parse(readFileSync(join(directory, 'views.json'), 'utf8'));
  using db = new DatabaseSync(join(directory, `views-${generation}.db`), { timeout: 1000 });
  db.prepare(sql).run(...values);
};
const damage = () => inViews(`UPDATE c_users SET doc = json_set(doc, '$.firstName', 'Eve') WHERE id = ?`, ann.id);
const doctor = (...args: readonly string[]) => runVerbHere(['doctor', ...args], { DATA_DIR: dataDir });
const troubles = async (): Promise<readonly string[]> => (await program.call('GET', '/readyz')).json.troubles;

test('the check in the background finds a difference, and the verb names and mends it beside the server', async () => {
  damage();
  await expect.poll(troubles).toEqual([expect.stringContaining('views: 1 document differs from the log')]);
  const { text } = await program.call('GET', '/metrics');
  expect(text).toContain('verbatim_view_differences 1');
  const found = await doctor();
  expect(found.code).toBe(3);
  expect(found.out).toMatch(
    new RegExp(`users ${ann.id}, field firstName: changed, by UserRegistered \\S+ at position`),
  );
  expect(found.out).not.toContain('Eve');
  const { code, out } = await doctor('--repair', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ differing: 1, mended: 1, broken: [] });
  expect((await doctor()).code).toBe(0);
  await expect.poll(troubles).toEqual([]);
});

test('an admin rebuilds the views over HTTP; another request joins it, sockets hear everything once', async () => {
  damage();
  const socket = await listening({ port: Number(new URL(program.url).port) }, ann.token);
  const { id } = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } })).json;
  const say = (text: string) =>
    program.call('POST', `/v1/conversations/${id}/messages`, { token: ann.token, json: { text } });
  expect(await say('before')).toMatchObject({ status: 201 });
  const [one, other] = await Promise.all(
    [1, 2].map(() => program.call('POST', '/v1/admin/rebuild', { token: ann.token })),
  );
  expect([one!.json.state, other!.json.state]).toEqual(['running', 'running']);
  await say('meanwhile');
  const status = async () => (await program.call('GET', '/v1/admin/rebuild', { token: ann.token })).json;
  await expect.poll(async () => (await status()).state, { timeout: 120_000 }).toBe('done');
  expect(await status()).toMatchObject({ percent: 100, differing: 1, secondsLeft: null, error: null });
  expect((await status()).compared).toBeGreaterThan(0);
  await say('after');
  const heard: string[] = [];
  while (heard.at(-1) !== 'after') {
    const frame = await socket.next('message');
    heard.push(frame.message.text);
  }
  expect(heard).toEqual(['before', 'meanwhile', 'after']);
  // Before it knows how long the log is, nothing is done.
  const again = (await program.call('POST', '/v1/admin/rebuild', { token: ann.token })).json;
  expect(again).toMatchObject({ state: 'running', percent: 0 });
  await expect.poll(async () => (await status()).state, { timeout: 120_000 }).toBe('done');
  socket.close();
  expect((await doctor()).code).toBe(0);
  // The thread that builds takes only what others leave of the processor.
}, 300_000);

test('alone, the verb mends views and names damaged events of the log', async () => {
  await program.settled();
  await program.close();
  inViews('DELETE FROM c_users WHERE id = ?', ann.id);
  expect(await doctor('--repair')).toMatchObject({ code: 0, out: expect.stringContaining(`users ${ann.id}: missing`) });
  const db = new DatabaseSync(eventsFile(dataDir));
  const swap = db.prepare(`UPDATE events SET meta = replace(meta, ?, ?) WHERE type = 'GroupCreated'`);
  swap.run('"at":"2', '"at":"1');
  const { code, out } = await doctor('--json');
  expect(code).toBe(4);
  expect(JSON.parse(out).broken).toMatchObject([{ type: 'GroupCreated', revision: 0, what: expect.any(String) }]);
  swap.run('"at":"1', '"at":"2');
  db.close();
  program = await startProgram({ dataDir });
});
