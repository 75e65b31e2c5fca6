// A server starts only with the keys of its log.

import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from './support/cli.ts';
import { embeddedSite } from './support/embeddedSite.ts';
import { askingOf, type Program, startProgram } from './support/program.ts';
import { runVerbHere } from './support/runVerbHere.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
const dataDir = () => join(home.path, 'data');
const serve = (keys: string): Promise<Program> =>
  startProgram({ dataDir: dataDir(), settings: { KEYS_DIR: join(home.path, keys) } });

beforeEach(async () => {
  home = await temporaryDirectory();
  for (const folder of ['keys', 'elsewhere']) await mkdir(join(home.path, folder));
  const program = await serve('keys');
  await program.person('ann');
  await program.close();
});
afterEach(() => home.remove());

test('with an empty folder of keys it does not start, and says where they are looked for; with the keys it does', async () => {
  await expect(serve('elsewhere')).rejects.toThrow(`the keys of this log are not in ${join(home.path, 'elsewhere')}`);
  const promote = { DATA_DIR: dataDir(), KEYS_DIR: join(home.path, 'elsewhere') };
  expect((await runVerbHere(['promote', 'ann', 'admin'], promote)).err).toContain('the keys of this log are not in');
  const program = await serve('keys');
  const json = { login: 'ann', password: 'correct horse' };
  expect((await program.call('POST', '/v1/sessions', { json })).status).toBe(201);
  await program.close();
});

test('with the keys of another log it does not start', async () => {
  const other = join(home.path, 'other');
  const program = await startProgram({ dataDir: other });
  await program.person('ben');
  await program.close();
  await expect(serve('other')).rejects.toThrow('the keys of this log are not in');
});

test('when the keys are lost, a backup of the log restored without keys starts', async () => {
  await rm(join(home.path, 'keys', 'keys.db'));
  const [backup, restored] = [join(home.path, 'backup'), join(home.path, 'restored')];
  const env = { DATA_DIR: dataDir(), KEYS_DIR: join(home.path, 'keys') };
  expect((await runVerbHere(['backup', backup], env)).code).toBe(0);
  const ran = await runVerbHere(['restore', backup, '--without-keys'], { DATA_DIR: restored });
  expect(ran).toMatchObject({ code: 0 });
  const program = await startProgram({ dataDir: restored });
  expect((await program.call('GET', '/readyz')).json.status).toBe('ready');
  await program.close();
});

test('a missing folder of keys is made for its owner alone, and one that cannot be made is named', async () => {
  const folder = join(home.path, 'of', 'keys');
  const settings = (KEYS_DIR: string) => ({ dataDir: join(home.path, 'fresh'), settings: { KEYS_DIR } });
  const nowhere = join(home.path, 'keys', 'keys.db', 'of');
  await expect(startProgram(settings(nowhere))).rejects.toThrow(
    `the folder of keys ${nowhere} cannot be made: ENOTDIR: not a directory, mkdir`,
  );
  const program = await startProgram(settings(folder));
  await program.person('ben');
  await program.close();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('keys that are put aside while it runs end it: nothing is taken that the next start could not read', async () => {
  const file = join(home.path, 'keys', 'keys.db');
  const site = embeddedSite(dataDir(), { KEYS_DIR: join(home.path, 'keys') });
  await site.start();
  const { call, person } = askingOf(site.url);
  const { token } = await person('ben');
  const group = (await call('POST', '/v1/groups', { token, json: { name: 'Team' } })).json.id;
  const say = (text: string) => call('POST', `/v1/conversations/${group}/messages`, { token, json: { text } });
  expect((await say('before')).status).toBe(201);
  await rename(file, `${file}.former`);
  expect((await say('afterwards').catch(() => undefined))?.status).not.toBe(201);
  expect(await site.gone()).toBe(74);
  expect(site.lines.join('\n')).toContain('the keys were replaced while the server ran');
  await rename(`${file}.former`, file);
  await site.start();
  const said = await askingOf(site.url).call('GET', `/v1/conversations/${group}/messages`, { token });
  expect(said.json.items.map(({ text }: { text: string }) => text)).toEqual(['before']);
  await site.kill();
});
