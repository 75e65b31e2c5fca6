// What the server does when the disk is nearly full.

import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guardSpace } from '../src/lowSpace.ts';
import { Unavailable, type ViewBuild } from '../src/store/ports.ts';
import type { Free, Stores } from '../src/stores.ts';
import { type Person, type Program, startProgram } from './support/program.ts';

const MIB = 1024 * 1024;
const PLENTY: Free = { dataDir: 500 * MIB, blobs: 500 * MIB };
let free = PLENTY;
const lines: Record<string, unknown>[] = [];
let program: Program;
let ann: Person;
let chat: string;
beforeAll(async () => {
  const settings = { MIN_FREE: String(100 * MIB), MIN_FREE_MESSAGES: String(10 * MIB) };
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const stores = (opened: Stores) => ({ ...opened, free: async () => free });
  program = await startProgram({ settings, lookEvery: 5, log, stores });
  ann = await program.person('ann');
  chat = (await program.call('POST', '/v1/chats', { token: ann.token, json: { userId: ann.id } })).json.id;
});
afterAll(() => program.close());

const upload = () => program.call('POST', '/v1/files', { token: ann.token, body: 'content' });
const say = () =>
  program.call('POST', `/v1/conversations/${chat}/messages`, { token: ann.token, json: { text: 'hello' } });
const read = () => program.call('GET', `/v1/conversations/${chat}/messages`, { token: ann.token });
const becomes = async (now: Free) => {
  free = now;
  const expected = (now.dataDir ?? PLENTY.dataDir)! < 10 * MIB ? 'MIN_FREE_MESSAGES' : 'MIN_FREE';
  const isLow = now !== PLENTY;
  await expect.poll(async () => (await program.call('GET', '/readyz')).text.includes(expected)).toBe(isLow);
};
const statuses = async () => [(await upload()).status, (await say()).status, (await read()).status];

test('files are refused first, messages last, reads never; and all goes on once there is room', async () => {
  expect(await statuses()).toEqual([201, 201, 200]);
  await becomes({ dataDir: 99 * MIB, blobs: 500 * MIB });
  expect(await statuses()).toEqual([503, 201, 200]);
  const { status, json } = await program.call('GET', '/readyz');
  expect([status, json.status, json.troubles]).toEqual([
    200,
    'degraded',
    ['disk: 99 MiB are free, less than MIN_FREE: no files are taken'],
  ]);
  expect((await upload()).json.code).toBe('unavailable');
  await becomes({ dataDir: 9 * MIB, blobs: undefined });
  expect(await statuses()).toEqual([503, 503, 200]);
  expect((await program.call('GET', '/readyz')).json.troubles).toEqual([
    'disk: 9 MiB are free, less than MIN_FREE_MESSAGES: nothing is recorded',
  ]);
  await becomes(PLENTY);
  expect(await statuses()).toEqual([201, 201, 200]);
  const said = lines.flatMap(({ level, security, reason, msg }) =>
    /disk/.test(`${msg}`) ? [[level, security, reason]] : [],
  );
  expect(said).toEqual([
    [40, 'low-space', 'disk: 99 MiB are free, less than MIN_FREE: no files are taken'],
    [40, 'low-space', 'disk: 9 MiB are free, less than MIN_FREE_MESSAGES: nothing is recorded'],
    [30, undefined, undefined],
  ]);
});

test('a rebuild gives way before messages do', async () => {
  await program.grant(ann.id, 'admin');
  const rebuild = async () => {
    await program.call('POST', '/v1/admin/rebuild', { token: ann.token });
    const status = async () => (await program.call('GET', '/v1/admin/rebuild', { token: ann.token })).json;
    await expect.poll(async () => (await status()).state, { timeout: 120_000 }).not.toBe('running');
    return status();
  };
  await becomes({ dataDir: 19 * MIB, blobs: 500 * MIB });
  expect(await rebuild()).toMatchObject({ state: 'failed', error: expect.stringContaining('too little room') });
  expect(await statuses()).toEqual([503, 201, 200]);
  await becomes(PLENTY);
  expect(await rebuild()).toMatchObject({ state: 'done', error: null });
  // The thread that builds takes only what others leave of the processor.
}, 300_000);

test('views are built in any room where nobody can read before they serve', async () => {
  const { blobs } = program.services.core;
  const { events } = program.services;
  const limits = { MIN_FREE: 100 * MIB, MIN_FREE_MESSAGES: 10 * MIB };
  const low: Free = { dataDir: 19 * MIB, blobs: 500 * MIB };
  const guard = guardSpace({ events, blobs, free: async () => low }, limits, pino({ level: 'silent' }));
  await guard.start();
  const fill = guard.fillWhileThereIsRoom(async (_, onProgress, { signal }) => {
    onProgress(1, 1, 0);
    signal?.throwIfAborted();
    return { position: 1, mark: '' };
  });
  const filled = (isUrgent: boolean) => fill({} as ViewBuild, () => undefined, { isUrgent });
  expect(await filled(true)).toMatchObject({ position: 1 });
  await expect(filled(false)).rejects.toThrow(Unavailable);
  guard.stop();
});

test('files elsewhere are refused when the room there is low', async () => {
  await becomes({ dataDir: undefined, blobs: 99 * MIB });
  expect(await statuses()).toEqual([503, 201, 200]);
  await becomes(PLENTY);
});

test('an upload under way ends when the room gets low, and leaves nothing', async () => {
  const { blobs } = program.services.core;
  const { events } = program.services;
  let now: Free = PLENTY;
  const limits = { MIN_FREE: 100 * MIB, MIN_FREE_MESSAGES: 10 * MIB };
  const guard = guardSpace({ events, blobs, free: async () => now }, limits, pino({ level: 'silent' }), {
    temporary: async () => 5 * MIB,
  });
  await guard.start();
  expect(guard.warnings()).toEqual(['disk: 5 MiB are free for temporary files']);
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('first');
    now = { dataDir: undefined, blobs: 1 };
    guard.stop();
    await guard.start();
    yield Buffer.from('second');
  }
  await expect(guard.blobs.put(content(), 100)).rejects.toThrow('unavailable');
});

test('where nobody can tell how much is free, nothing is refused', async () => {
  const { blobs } = program.services.core;
  const limits = { MIN_FREE: 100 * MIB, MIN_FREE_MESSAGES: 10 * MIB };
  const { events } = program.services;
  const unknown = async () => ({ dataDir: undefined, blobs: undefined });
  const guard = guardSpace({ events, blobs, free: unknown }, limits, pino({ level: 'silent' }));
  await guard.start();
  guard.stop();
  expect(guard.troubles()).toEqual([]);
  expect(await guard.blobs.put((async function* () {})(), 0)).toMatchObject({ size: 0 });
});
