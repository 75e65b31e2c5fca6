// While views are being built, no answer claims what only complete views can know.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SIGN_ON_SECRET, tongues } from '../dialects/tongues.ts';
import { PASSWORD, type Program, type Reply, startProgram } from '../support/program.ts';
import { dropViews } from '../support/stores.ts';

let dataDir: string;
let program: Program;
let ann: { readonly id: string; readonly token: string };
let key: string;
let team: string;
let number: number;

const settings = { NARGIL_JWT_SECRET: SIGN_ON_SECRET };
const start = async (roles = 'api,projector'): Promise<void> => {
  program = await startProgram({ dataDir, settings: { ...settings, ROLES: roles }, viewWait: 2000 });
};
const say = (text: string) =>
  program.call('POST', `/v1/conversations/${team}/messages`, { token: ann.token, json: { text } });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'verbatim-'));
  await start();
  const json = { username: 'ann', email: 'ann@x.io', password: PASSWORD };
  const { id } = (await program.call('POST', '/v1/users', { json })).json;
  const session = await program.call('POST', '/v1/sessions', { json: { login: 'ann', password: PASSWORD } });
  ann = { id, token: session.json.accessToken };
  const login = { login: 'ann', password: PASSWORD, kind: 'key' };
  key = (await program.call('POST', '/v1/sessions', { json: login })).json.key;
  const group = await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team', slug: 'team' } });
  ({ id: team, number } = group.json);
  await say('before');
  await program.close();
  await dropViews(dataDir);
  // No process projects, so the views stay empty, as at the start of a build.
  await start('api');
});
afterAll(async () => {
  await program.close();
  await rm(dataDir, { recursive: true });
});

const isUnavailable = async (method: string, path: string, given: { token: string }): Promise<Reply> => {
  const reply = await program.call(method, path, given);
  expect(reply, `${method} ${path}: ${reply.text}`).toMatchObject({ status: 503 });
  expect(reply.headers.get('Retry-After'), path).toMatch(/^\d+$/);
  return reply;
};

const native: readonly (readonly [what: string, credential: 'key' | 'token', path: string])[] = [
  ['a list', 'token', '/v1/conversations'],
  ['a page of messages', 'token', '/v1/conversations/TEAM/messages'],
  ['another account', 'token', '/v1/users/ANN'],
  ['all accounts', 'token', '/v1/users'],
  ['an account, by a key', 'key', '/v1/me'],
  ['a list, by a key', 'key', '/v1/conversations'],
];
const named = (path: string): string =>
  path.replace('NUMBER', String(number)).replace('TEAM', team).replace('ANN', ann.id);

// Each of these requests waits for the views, so they run together.
test.concurrent.each(native)('the native API answers 503 when asked for %s', async (_, credential, path) => {
  const reply = await isUnavailable('GET', named(path), { token: credential === 'key' ? key : ann.token });
  expect(reply.headers.get('Content-Type')).toContain('application/problem+json');
  expect(reply.json).toMatchObject({ code: 'unavailable', status: 503 });
});

const text = 'Service temporarily unavailable, try again later.';
const bodies: Readonly<Record<string, object>> = {
  nargil: { data: [], error: text, status: { code: 503, message: 'An error occurred.', type: 'fail' } },
};
const lists: Readonly<Record<string, readonly string[]>> = {
  solari: ['/solari/api/my-groups/', '/solari/api/solarigroup/NUMBER/messages/'],
  'django-chat': ['/django-chat/api/messages/NUMBER/'],
  nargil: ['/nargil/cht/api/groups/', '/nargil/cht/api/groups/TEAM/chat/'],
  thanchat: ['/thanchat/chatApp/messages/?chat_room_id=NUMBER'],
  silicornya: ['/silicornya/chats/getChats/'],
};

test.concurrent.each(tongues)(
  '$name answers 503 in its own error body, to a key, for an account and for lists',
  async (tongue) => {
    const paths = lists[tongue.name]!.map(named);
    // The log alone identifies a user who signed in by a token.
    const asked = [tongue.own, ...paths].map((path) => [path, key]).concat(paths.map((path) => [path, ann.token]));
    const answers = asked.map(async ([path = '', token = '']) => {
      const { json } = await isUnavailable('GET', path, { token });
      expect(json, path).toEqual(bodies[tongue.name] ?? { detail: text });
    });
    await Promise.all(answers);
  },
);

test.concurrent('a socket by a key is refused with 503, not with 401', async () => {
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/v1/socket`, {
    headers: { Authorization: `Token ${key}` },
  });
  const status = await new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('open', () => resolve('open'));
    socket.on('error', () => undefined);
  });
  expect(status).toBe(503);
  socket.terminate();
});

test('what needs no view goes on, and operators see how far the views are', async () => {
  expect((await say('meanwhile')).status).toBe(202);
  expect((await program.call('GET', '/livez')).status).toBe(200);
  const { status, json } = await program.call('GET', '/readyz');
  expect(status).toBe(503);
  expect(json).toMatchObject({ status: 'not-ready', position: 0 });
  expect(json.troubles).toEqual(['views: they have not caught up with the log, 0 % are done']);
});

test('once they are whole everybody is answered again', async () => {
  await program.close();
  await start();
  const head = await program.services.events.head();
  await program.services.progress.reached(head, 20_000);
  expect((await program.call('GET', '/readyz')).json).toMatchObject({ status: 'ready', troubles: [] });
  expect((await program.call('GET', '/v1/me', { token: key })).json.id).toBe(ann.id);
  const { json } = await program.call('GET', `/v1/conversations/${team}/messages`, { token: key });
  expect(json.items.map(({ text }: { text: string }) => text).toSorted()).toEqual(['before', 'meanwhile']);
  for (const { own } of tongues) expect((await program.call('GET', own, { token: key })).status, own).toBe(200);
  // What was recorded before the start says nothing of how soon a message is visible.
  expect((await program.call('GET', '/metrics')).text).toMatch(/^verbatim_visible_seconds_count 0$/m);
});
