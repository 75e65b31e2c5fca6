// S41: the program needs no `__proto__`, so an operator may run it without.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { askingOf } from '../../support/program.ts';
import { listening } from '../../support/sockets.ts';

const root = resolve(import.meta.dirname, '../../..');

test('with --disable-proto=throw the program registers, signs in, and tells what is said', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-proto-'));
  const server = spawn(process.execPath, ['--disable-proto=throw', join(root, 'bin/verbatim.js'), 'serve'], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', BCRYPT_COST: '4' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let url: string | undefined;
    for await (const line of createInterface(server.stdout)) {
      url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
      if (url !== undefined) break;
    }
    server.stdout.resume();
    const asking = askingOf(url!);
    const ann = await asking.person('ann');
    const client = await listening({ port: Number(new URL(url!).port) }, ann.token);
    const { id } = (await asking.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Tea' } })).json;
    const path = `/v1/conversations/${id}/messages`;
    expect((await asking.call('POST', path, { token: ann.token, json: { text: 'hello' } })).status).toBe(201);
    expect(await client.next('message')).toMatchObject({ message: { text: 'hello' } });
    const json = { full_name: 'New One', email: 'new@x.io', phone_number: '1234567890', password: 'correct horse' };
    expect((await asking.call('POST', '/solari/api/register/', { json })).status).toBe(201);
    client.close();
    await client.closed;
  } finally {
    server.kill();
    await once(server, 'exit');
    await rm(dataDir, { recursive: true, force: true });
  }
});
