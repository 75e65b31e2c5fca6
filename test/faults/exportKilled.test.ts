// An export whose process is killed, again and again at any moment, is in the end the same as one that was left alone.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readManifest, readProgress } from '../../src/cli/exportFolder.ts';
import { OWN, temporaryDirectory } from '../support/cli.ts';
import { appendMessages } from '../support/manyMessages.ts';
import { startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';

const KILLS = 12;
/** Small, so that a kill leaves some batches behind and others not. */
const BATCH = 5000;
const MESSAGES = 1500;

const script = `
  const { exportTo } = await import('${resolve('src/cli/exportLog.ts')}');
  const { readConfig } = await import('${resolve('src/config.ts')}');
  await exportTo(process.argv[2], readConfig(process.env), JSON.parse(process.argv[3]), ${BATCH});
`;

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
const at = (name: string): string => join(home.path, name);
const exporting = (folder: string, options: object) =>
  spawn(process.execPath, [at('export.mjs'), folder, JSON.stringify(options)], {
    env: { ...process.env, ...OWN, DATA_DIR: at('data') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });

beforeAll(async () => {
  home = await temporaryDirectory();
  await writeFile(at('export.mjs'), script);
  const program = await startProgram({ dataDir: at('data') });
  const { token } = await program.person('ann');
  const group = (await program.call('POST', '/v1/groups', { token, json: { name: 'team' } })).json.id;
  const content = { body: 'the plan', headers: { 'Content-Type': 'text/plain' } };
  const fileId = (await program.call('POST', '/v1/files', { token, ...content })).json.id;
  await program.call('POST', `/v1/conversations/${group}/messages`, { token, json: { text: 'first', fileId } });
  await appendMessages(program.services.events, group, MESSAGES);
  await program.close();
});
afterAll(() => home.remove());

test.each([
  ['the whole log', { files: true, keys: true }],
  ['one person', { person: 'ann', files: true }],
])('an export of %s', async (name, { keys, ...rest }: { keys?: boolean; files: boolean; person?: string }) => {
  const options = (folder: string) => ({ ...rest, ...(keys && { keys: at(`${folder} keys`) }) });
  const calm = at(`calm ${name}`);
  expect(await once(exporting(calm, options(calm)), 'close')).toEqual([0, null]);
  const folder = at(`killed ${name}`);
  const reached = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const child = exporting(folder, options(folder));
    const closed = once(child, 'close');
    const begun = (await readProgress(folder))?.batches.length ?? -1;
    const hasMoved = async () => ((await readProgress(folder))?.batches.length ?? -1) > begun;
    while (child.exitCode === null && !(await hasMoved())) await delay(1);
    await delay(Math.random() * 20);
    child.kill('SIGKILL');
    if ((await closed)[1] === null) break;
    reached.add((await readProgress(folder))!.batches.length);
  }
  expect(reached.size).toBeGreaterThan(2);
  if ((await readProgress(folder)) !== undefined)
    expect(await once(exporting(folder, options(folder)), 'close')).toEqual([0, null]);
  const [one, other] = [await readManifest(calm), await readManifest(folder)];
  expect({ ...other, at: '', signature: '' }).toEqual({ ...one, at: '', signature: '' });
  for (const { file } of one.batches)
    expect(await readFile(join(folder, file))).toEqual(await readFile(join(calm, file)));
  expect(await runVerbHere(['verify', folder], {})).toMatchObject({ code: 0 });
});
