// A stream whose beginning somebody hides: it is named, and nothing is decided on it.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StreamMetadata } from '@eventstore/db-client';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Hidden, type Recorded, type StreamRange } from '../../src/store/ports.ts';
import { wholePage } from '../../src/store/shared/page.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { startStandInWithClient } from '../support/eventStoreDb/findNode.ts';
import { type Program, startProgram } from '../support/program.ts';
import { AUTH_SECRET } from '../support/stores.ts';

const node = await startStandInWithClient();
const { client } = node;
afterAll(node.close);

const KINDS = ['conversation', 'messages'] as const;

interface Hiding {
  readonly why: string;
  hide(stream: string): unknown;
}

/** Hides the beginnings of two streams in each of these ways, while no program runs, and starts one again. */
const startAfter = async (
  settings: Readonly<Record<string, string>>,
  hidingsIn: (dataDir: string) => readonly Hiding[],
) => {
  const { path, remove } = await temporaryDirectory();
  onTestFinished(remove);
  const first = await startProgram({ dataDir: path, settings });
  const ann = await first.person('ann');
  const call = (program: Program, method: string, at: string, json?: object) =>
    program.call(method, at, { token: ann.token, json });
  const groups = [];
  for (const { why, hide } of hidingsIn(path))
    for (const kind of KINDS) {
      const { id } = (await call(first, 'POST', '/v1/groups', { name: 'team' })).json;
      groups.push({ why, id, stream: `${kind}-${id}`, hide });
    }
  // A seal lies between the beginnings and what follows them: the next start checks what follows, by what came before.
  for (const [description, text] of [
    ['a', 'one'],
    ['b', 'two'],
  ]) {
    for (const { id } of groups) {
      await call(first, 'PATCH', `/v1/conversations/${id}`, { description });
      await call(first, 'POST', `/v1/conversations/${id}/messages`, { text });
    }
    await first.services.core.sealLog({ actorId: null, correlationId: 'test' });
  }
  await first.grant(ann.id, 'auditor');
  await first.settled();
  await first.close();
  for (const { stream, hide } of groups) await hide(stream);
  const program = await startProgram({ dataDir: path, settings });
  onTestFinished(program.close);
  return { groups, call: (method: string, at: string, json?: object) => call(program, method, at, json), program };
};

const expectNamed = async ({ groups, call, program }: Awaited<ReturnType<typeof startAfter>>) => {
  for (const { why, id, stream } of groups) {
    const said = await call('POST', `/v1/conversations/${id}/messages`, { text: 'three' });
    expect([said.status, said.json.code], why).toEqual([503, 'unavailable']);
    expect((await call('GET', `/v1/audit/streams/${stream}`)).status, why).toBe(503);
  }
  // Others go on, and take the troubles away from nobody.
  expect((await call('POST', '/v1/groups', { name: 'other' })).status).toBe(201);
  const ready = await call('GET', '/readyz');
  expect([ready.status, ready.json.status]).toEqual([200, 'degraded']);
  for (const { why, stream } of groups)
    expect(ready.json.troubles.join(), why).toContain(`events: not read whole: ${stream} lacks its event 0`);
  expect(program.services.troubles()).toHaveLength(groups.length);
};

test('a stream of the node whose beginning is hidden, however that came about, is named, and commands get 503', async () => {
  const settings = { EVENTSTORE_URL: node.url, AUTH_SECRET, EVENTSTORE_PREFIX: 'a.' };
  const set = (metadata: StreamMetadata) => (stream: string) => client.setStreamMetadata(`a.${stream}`, metadata);
  const site = await startAfter(settings, () => [
    { why: '$maxCount', hide: set({ maxCount: 1 }) },
    { why: '$maxAge', hide: set({ maxAge: 0 }) },
    { why: 'truncated', hide: set({ truncateBefore: 2 }) },
    { why: 'deleted', hide: (stream) => client.deleteStream(`a.${stream}`) },
    { why: 'deleted for good', hide: (stream) => client.tombstoneStream(`a.${stream}`) },
  ]);
  await expectNamed(site);

  // An operator takes the limit away: the events were still there.
  const [mended] = site.groups;
  await client.setStreamMetadata(`a.${mended!.stream}`, {});
  await expect.poll(site.program.services.troubles).toHaveLength(site.groups.length - 1);
  expect((await site.call('POST', `/v1/conversations/${mended!.id}/messages`, { text: 'three' })).status).toBe(201);
});

test('a stream of the embedded store that lacks rows is named, and commands get 503', async () => {
  const removeFrom = (dataDir: string) => (stream: string) => {
    const db = new DatabaseSync(join(dataDir, 'events.db'));
    db.prepare('DELETE FROM events WHERE revision = 0 AND stream = (SELECT id FROM streams WHERE name = ?)').run(
      stream,
    );
    db.close();
  };
  await expectNamed(await startAfter({}, (dataDir) => [{ why: 'a row is missing', hide: removeFrom(dataDir) }]));
});

test.each<[what: string, given: readonly number[], range: StreamRange, lacks: number | undefined]>([
  ['whole', [0, 1, 2], {}, undefined],
  ['from its middle on', [1, 2], { from: 1 }, undefined],
  ['not from its beginning', [1, 2], {}, 0],
  ['not from where it was asked for', [3, 4], { from: 2 }, 2],
  ['with a gap', [0, 2], {}, 1],
  ['backwards', [2, 1, 0], { backwards: true }, undefined],
  ['backwards from its middle', [1, 0], { from: 1, backwards: true }, undefined],
  ['backwards to no beginning', [2, 1], { backwards: true }, 0],
  ['backwards with a gap', [2, 0], { backwards: true }, 1],
])('a page of a stream that is read %s', (_, given, range, lacks) => {
  const page = given.map((revision) => ({ revision, data: '', meta: '' })) as unknown as Recorded[];
  const read = () => wholePage('user-1', page, range, 10);
  if (lacks === undefined) expect(read()).toBe(page);
  else expect(read).toThrow(new Hidden('user-1', lacks));
});
