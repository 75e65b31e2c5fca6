// An account that may store no more is told so by every way in that takes a file, and the rest goes on.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { keptContents } from '../support/keptContents.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';

const QUOTA = 10_000;
let program: Program;
let ann: Person;
let group: { readonly id: string; readonly number: number; readonly slug: string };
beforeAll(async () => {
  program = await startProgram({ settings: { MAX_STORED: String(QUOTA) } });
  ann = await program.person('ann');
  const json = { name: 'Tea', slug: 'tea', public: true };
  group = (await program.call('POST', '/v1/groups', { token: ann.token, json })).json;
});
afterAll(() => program.close());

const form = (size: number, fields: Readonly<Record<string, string>> = {}): FormData => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new File(['x'.repeat(size)], 'a.png', { type: 'image/png' }));
  return body;
};
const post = (path: string, body: NonNullable<RequestInit['body']>) =>
  program.call('POST', path, { token: ann.token, body });

const ways = {
  'as the body': (size: number) => post('/v1/files', 'x'.repeat(size)),
  'in a form': (size: number) => post('/v1/files', form(size)),
  'with a message of Solari': (size: number) => post(`/api/solarigroup/${group.number}/messages/`, form(size)),
  'with a message of Django-Chat-Server': (size: number) =>
    post('/api/messages/1/send/', form(size, { receiver_group: String(group.number) })),
};

/** In a frame of nargil: the close code; 0: it was sent. */
const inFrame = async (size: number): Promise<number> => {
  const headers = { Authorization: `Bearer ${ann.token}` };
  const path = `/cht/ws/chat/${group.slug}/`;
  const client = await connect({ port: Number(new URL(program.url).port) }, { path, headers });
  client.send({ file: Buffer.alloc(size).toString('base64'), filename: 'a.png' });
  const code = await Promise.race([
    client.closed.then((closing) => closing.code),
    eventually(() => expect(client.frames).not.toEqual([])).then(() => 0),
  ]);
  client.close();
  return code;
};

test('beyond its quota an account stores nothing, by no way in, and nothing is left of it', async () => {
  const before = await keptContents(program);
  for (const [way, upload] of Object.entries(ways)) {
    const { status, json } = await upload(QUOTA + 1);
    expect(status, way).toBe(413);
    expect(json.code ?? json.detail, way).toMatch(/quota-exceeded|no room/);
  }
  expect(await inFrame(QUOTA + 1)).toBe(1009);
  expect(await keptContents(program)).toEqual(before);
});

test.each([
  ['Solari', () => `/api/solarigroup/${group.number}/messages/`, 'content'],
  ['Django-Chat-Server', () => `/api/messages/${group.number}/send/`, 'message'],
] as const)('a file that a message of %s does not take is stored nowhere, and takes no room', async (_, path, text) => {
  const before = await keptContents(program);
  const body = new FormData();
  body.append('avatar', new File(['x'.repeat(QUOTA + 1)], 'a.png', { type: 'image/png' }));
  body.append(text, 'hello');
  const { status, json } = await post(path(), body);
  expect([status, json[text], json.file]).toEqual([201, 'hello', null]);
  expect(await keptContents(program)).toEqual(before);
});

test('within its quota it stores by every way in; then messages without a file still go', async () => {
  for (const upload of [ways['in a form'], ways['with a message of Solari']])
    expect((await upload(100)).status).toBe(201);
  expect((await ways['with a message of Django-Chat-Server'](100)).status).toBe(413);
  expect(await inFrame(100)).toBe(1009);
  const json = { text: 'hello' };
  expect(
    (await program.call('POST', `/v1/conversations/${group.id}/messages`, { token: ann.token, json })).status,
  ).toBe(201);
  const ben = await program.person('ben');
  expect((await program.call('POST', '/v1/files', { token: ben.token, body: 'x'.repeat(QUOTA) })).status).toBe(201);
});
