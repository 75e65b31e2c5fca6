// A stream whose beginning somebody hides: it is named, and nothing is decided on it.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/cli.ts';
import { startStandIn } from '../support/eventStoreDb/findNode.ts';
import { type Program, startProgram } from '../support/program.ts';
import { AUTH_SECRET } from '../support/stores.ts';

let node: Awaited<ReturnType<typeof startStandIn>>;
let client: EventStoreDBClient;
beforeAll(async () => {
  node = await startStandIn();
  client = EventStoreDBClient.connectionString(node.url);
});
afterAll(async () => {
  await client.dispose();
  await node.close();
});

const start = (dataDir: string, settings: Readonly<Record<string, string>>) => startProgram({ dataDir, settings });

/** Ann and her group, with a description and messages, in a program that has stopped since. */
const history = async (dataDir: string, settings: Readonly<Record<string, string>>, name: string) => {
  const program = await start(dataDir, settings);
  const ann = await program.person(name);
  const { id } = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } })).json;
  await program.call('POST', `/v1/groups`, { token: ann.token, json: { name: 'other' } });
  for (const description of ['a', 'b'])
    expect(
      (await program.call('PATCH', `/v1/conversations/${id}`, { token: ann.token, json: { description } })).status,
    ).toBe(200);
  for (const text of ['one', 'two', 'three']) await say({ program, token: ann.token, id }, text);
  await program.settled();
  await program.close();
  return { ann, id: id as string };
};

const say = ({ program, token, id }: { program: Program; token: string; id: string }, text: string) =>
  program.call('POST', `/v1/conversations/${id}/messages`, { token, json: { text } });

const embedded = async (dataDir: string) => ({
  settings: {},
  name: 'ann',
  hide: async (stream: string) => {
    const db = new DatabaseSync(join(dataDir, 'events.db'));
    db.prepare('DELETE FROM events WHERE revision = 0 AND stream = (SELECT id FROM streams WHERE name = ?)').run(
      stream,
    );
    db.close();
  },
});
const onNode = (name: string, hide: (stream: string) => Promise<unknown>) => async () => ({
  settings: { EVENTSTORE_URL: node.url, AUTH_SECRET, EVENTSTORE_PREFIX: `${name}.` },
  name,
  hide: (stream: string) => hide(`${name}.${stream}`),
});

describe.each([
  ['rows are missing in the embedded store', embedded],
  ['$maxCount is set', onNode('counted', (stream) => client.setStreamMetadata(stream, { maxCount: 1 }))],
  ['$maxAge is over', onNode('aged', (stream) => client.setStreamMetadata(stream, { maxAge: 0 }))],
  ['the stream is truncated', onNode('truncated', (stream) => client.setStreamMetadata(stream, { truncateBefore: 2 }))],
  ['an operator deletes the stream', onNode('deleted', (stream) => client.deleteStream(stream))],
  ['an operator deletes the stream for good', onNode('ended', (stream) => client.tombstoneStream(stream))],
])('when %s,', (_, site) => {
  test.each(['conversation', 'messages'] as const)('%s: the stream is named, and commands get 503', async (kind) => {
    const { path, remove } = await temporaryDirectory();
    onTestFinished(remove);
    const { settings, name, hide } = await site(path);
    const { ann, id } = await history(path, settings, `${name}${kind}`);
    const stream = `${kind}-${id}`;
    await hide(stream);

    const program = await start(path, settings);
    onTestFinished(program.close);
    const said = await say({ program, token: ann.token, id }, 'four');
    expect([said.status, said.json.code]).toEqual([503, 'unavailable']);
    const ready = await program.call('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(ready.json.troubles.join()).toContain(`events: not read whole: ${stream} lacks its event 0`);
    // Others go on, and take the trouble away from nobody.
    const group = await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'third' } });
    expect(group.status).toBe(201);
    expect(program.services.troubles().join()).toContain(stream);
    await program.grant(ann.id, 'auditor');
    expect((await program.call('GET', `/v1/audit/streams/${stream}`, { token: ann.token })).status).toBe(503);
  });
});
