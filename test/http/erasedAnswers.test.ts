// What was read for an answer before an erasure does not leave after it.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import type { BlobStore } from '../../src/store/ports.ts';
import type { Stores } from '../../src/stores.ts';
import { meta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { rawConnection } from '../support/rawConnection.ts';

const gate = createGate();
/** Of the second half of a file's content. */
const contentGate = createGate();
/** Called when the next page was opened, which waits at the gate. */
let opened: (() => void) | undefined;
let program: Program;
let ann: Person;
let admin: Person;
let group: string;
let number: number;

/** More than the network holds. */
const HALF = 15_000_000;

async function* inHalves(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let came = 0;
  for await (const chunk of content) {
    if (came < HALF && came + chunk.length >= HALF) {
      yield chunk.subarray(0, HALF - came);
      await contentGate.passed();
      yield chunk.subarray(HALF - came);
    } else yield chunk;
    came += chunk.length;
  }
}

beforeAll(async () => {
  const gated =
    <Args extends readonly unknown[], T>(open: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const found = await open(...args);
      const tell = opened;
      opened = undefined;
      tell?.();
      if (tell !== undefined) await gate.passed();
      return found;
    };
  const openContent =
    ({ blobs }: { blobs: BlobStore }): BlobStore['open'] =>
    async (...args) =>
      Readable.from(inHalves(await blobs.open(...args)));
  program = await startProgram({
    settings: { ERASE_GRACE: '0', MAX_UPLOAD: String(2 * HALF) },
    stores: (stores) =>
      instead(stores, {
        events: instead(stores.events, { openAll: gated(stores.events.openAll), open: gated(stores.events.open) }),
        blobs: instead(stores.blobs, { open: openContent(stores) }),
      }),
  });
  [ann, admin] = [await program.person('ann'), await program.person('boss')];
  await program.grant(admin.id, 'admin');
  await program.grant(admin.id, 'auditor');
  const made = await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } });
  ({ id: group, number } = made.json);
});
afterAll(() => program.close());

const path = () => `/v1/conversations/${group}/messages`;
const say = async (
  text: string,
): Promise<{ readonly id: string; readonly number: number; readonly position: number }> =>
  (await program.call('POST', path(), { token: ann.token, json: { text } })).json;
const erase = async (id: string): Promise<void> => {
  const { status } = await program.call('PUT', `${path()}/${id}/erasure`, { token: ann.token });
  expect(status).toBe(202);
};

test.each([
  ['an export of what somebody said', (after: number) => `/v1/me/export?after=${after}`, () => ann],
  ['the log for auditors', (after: number) => `/v1/audit/events?after=${after}`, () => admin],
  ['what an event led to, for auditors', (_: number, at: number) => `/v1/audit/events/${at}/related`, () => admin],
  ['a stream, for auditors', () => `/v1/audit/streams/messages-${group}?from=0`, () => admin],
  ['a page of messages', () => path(), () => ann],
  ['an app of another API', () => `/django-chat/api/messages/${number}/`, () => ann],
] as const)('%s is closed where something was erased after it was opened', async (_, asked, by) => {
  const before = await say('before');
  const { id, number: said, position } = await say('canary text');
  gate.shut();
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const answer = program.call('GET', asked(before.position, position), { token: by().token });
  await isOpen;
  await erase(id);
  gate.open();
  const { status, text } = await answer;
  expect(status).toBe(200);
  expect(text).toMatch(new RegExp(`${id}|"id":${said}\\b`));
  expect(text).not.toContain('canary');
});

/** Asks and reads nothing, until all that the network holds has left and more waits in the server. */
const askSlowly = async (asked: string, { token }: Person) => {
  const answers = new Map<string, ServerResponse>();
  const noted = (message: unknown): void => {
    const { request, response } = message as { request: { url: string }; response: ServerResponse };
    answers.set(request.url, response);
  };
  subscribe('http.server.request.start', noted);
  const client = await rawConnection(program.url, false);
  client.write(`GET ${asked} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  let before = -1;
  await expect
    .poll(() => {
      const { writableLength = 0, bytesWritten = 0 } = answers.get(asked)?.socket ?? {};
      const isStuck = writableLength > 0 && bytesWritten === before;
      before = bytesWritten;
      return isStuck;
    })
    .toBe(true);
  unsubscribe('http.server.request.start', noted);
  return client;
};

test('an answer that waits for a slow client breaks off, and the client goes on after its last line', async () => {
  const { position } = await say('before');
  // More than the network holds.
  const text = `canary ${'€'.repeat(7900)}`;
  const sent = { conversationId: group, text };
  await Promise.all(Array.from({ length: 500 }, () => sendMessage(program.services.core, meta(ann.id), sent)));
  const asked = (after: number) => `/v1/audit/events?stream=messages-${group}&after=${after}`;
  const slow = await askSlowly(asked(position), admin);
  expect((await program.call('PUT', `/v1/users/${ann.id}/erasure`, { token: admin.token })).status).toBe(202);
  let came = '';
  slow.socket.on('data', (chunk: Buffer) => {
    came += chunk.toString('latin1');
  });
  await slow.closed;
  expect(came).toContain('canary');
  // The last chunk of an answer that is whole.
  expect(came.endsWith('\r\n0\r\n\r\n')).toBe(false);
  const last = Number([...came.matchAll(/"position":(\d+)[^\n]*\n/g)].at(-1)![1]);
  const rest = await program.call('GET', asked(last), { token: admin.token });
  expect(rest.text).toContain('"erased":true');
  expect(rest.text).not.toContain('canary');
});

test('a file that is erased is downloaded no further, read slowly or not, and other files are', async () => {
  const [dora, ben] = [await program.person('dora'), await program.person('ben')];
  const store = async ({ token }: Person): Promise<string> => {
    const stored = await program.call('POST', '/v1/files?name=long', { token, body: Buffer.alloc(2 * HALF, 'x') });
    expect(stored.status, stored.text).toBe(201);
    return `/v1/files/${stored.json.id}`;
  };
  const [erased, other] = [await store(dora), await store(ben)];
  const [slow, slowToo] = [await askSlowly(erased, dora), await askSlowly(other, ben)];
  contentGate.shut();
  const quick = await rawConnection(program.url);
  quick.write(`GET ${erased} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${dora.token}\r\n\r\n`);
  await expect.poll(() => quick.text.length).toBeGreaterThan(HALF);
  expect((await program.call('PUT', `${erased}/erasure`, { token: dora.token })).status).toBe(202);
  expect((await quick.closed).length).toBeLessThan(2 * HALF);
  contentGate.open();
  slow.socket.resume();
  await slow.closed;
  expect(slow.socket.bytesRead).toBeLessThan(2 * HALF);
  slowToo.socket.resume();
  await expect.poll(() => slowToo.socket.bytesRead).toBeGreaterThan(2 * HALF);
  slowToo.socket.destroy();
});

test('a long list that is made anew, since something was erased, keeps its turn', async () => {
  let pages = 0;
  /** As if each page were full. */
  const find: Stores['views']['find'] = async (collection, wanted) => {
    if (collection !== 'memberships') return stores.views.find(collection, wanted);
    if (++pages === 9) await eraseOne();
    return stores.views.find(collection, { ...wanted, limit: 1 });
  };
  let stores!: Stores;
  const paged = await startProgram({
    settings: { ERASE_GRACE: '0' },
    stores: (opened) => {
      stores = opened;
      return instead(opened, { views: instead(opened.views, { find }) });
    },
  });
  onTestFinished(() => paged.close());
  const { token } = await paged.person('ann');
  const call = async (method: string, path: string, json: object = {}) =>
    (await paged.call(method, path, { token, ...(method !== 'GET' && { json }) })).json;
  const groups: string[] = [];
  for (let i = 0; i < 10; i++) groups.push((await call('POST', '/v1/groups', { name: 'Team' })).id);
  const messages = `/v1/conversations/${groups[0]}/messages`;
  const { id } = await call('POST', messages, { text: 'canary' });
  const eraseOne = () => call('PUT', `${messages}/${id}/erasure`);
  const { items } = await call('GET', '/v1/conversations?order=activity');
  expect(items).toHaveLength(10);
  expect(pages).toBeGreaterThan(20);
});
