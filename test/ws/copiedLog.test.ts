// A client's position outlives the log it was made in: the history moved to other stores, and the client goes on.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runVerb, temporaryDirectory } from '../support/cli.ts';
import { startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';

test('a client goes on in a copied history from where it was in the old one', async () => {
  const home = await temporaryDirectory();
  const [old, moved] = [join(home.path, 'old'), join(home.path, 'moved')];
  const settings = { AUTH_SECRET: 'the same secret before and after it' };
  const port = (url: string) => ({ port: Number(new URL(url).port) });

  const before = await startProgram({ dataDir: old, settings });
  const ann = await before.person('ann');
  const { json: group } = await before.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } });
  for (const text of ['one', 'two', 'three'])
    await before.call('POST', `/v1/conversations/${group.id}/messages`, { token: ann.token, json: { text } });
  const first = await connect(port(before.url), { token: ann.token });
  const { log } = await first.next('ready');
  first.send({ type: 'subscribe', after: 0 });
  const { position } = (await first.all('message', 3)).find(({ message }) => message.text === 'two');
  await before.close();

  expect((await runVerb(['copy', '--from', old, '--to', moved], {})).code).toBe(0);
  const after = await startProgram({ dataDir: moved, settings });
  try {
    const client = await connect(port(after.url), { token: ann.token });
    expect((await client.next('ready')).log).not.toBe(log);
    client.send({ type: 'subscribe', after: position, log: crypto.randomUUID() });
    expect(await client.next('refused')).toMatchObject({ code: 'log-unknown', field: 'log' });
    client.send({ type: 'subscribe', after: position, log });
    await client.next('caught-up');
    expect(client.frames.filter(({ type }) => type === 'message').map(({ message }) => message.text)).toEqual([
      'three',
    ]);
    client.close();
  } finally {
    await after.close();
    await home.remove();
  }
});
