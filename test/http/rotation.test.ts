// The secrets change while people are signed in and retry: nobody notices, until the old secret is gone.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Call, PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

const [OLD, NEW] = ['the old secret of this server: long', 'the new secret of this server: long'];

let dataDir: string;
let program: Program;
let ann: Person;
let key: string;

const restart = async (AUTH_SECRET: string) => {
  await program?.close();
  program = await startProgram({ dataDir, settings: { AUTH_SECRET } });
};
const post = (path: string, given: Call) => program.call('POST', path, given);
const keyed = { 'Idempotency-Key': 'before' };
const signInForKey = async () =>
  (await post('/v1/sessions', { json: { login: 'ann', password: PASSWORD, kind: 'key' } })).json.key as string;
const statusOf = async (token: string) => (await program.call('GET', '/v1/me', { token })).status;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'verbatim-rotation-'));
  await restart(OLD);
  ann = await program.person('ann');
  key = await signInForKey();
});
afterAll(async () => {
  await program.close();
  await rm(dataDir, { recursive: true, force: true });
});

test('a new first secret signs nobody out, and a retry from before is recognised', async () => {
  const room = (await post('/v1/rooms', { token: ann.token, headers: keyed, json: { name: 'Room' } })).json;
  const path = `/v1/conversations/${room.id}/messages`;
  const wishes: readonly (readonly [string, Call])[] = [
    ['/v1/rooms', { token: ann.token, json: { name: 'Room' } }],
    [path, { token: ann.token, json: { text: 'hi' } }],
    ['/v1/files?name=a.txt', { token: ann.token, body: 'content', headers: { 'Content-Type': 'text/plain' } }],
    ['/v1/users', { json: { username: 'bob', password: PASSWORD } }],
  ];
  const sendAll = async () => {
    const replies = [];
    for (const [to, call] of wishes) replies.push(await post(to, { ...call, headers: { ...call.headers, ...keyed } }));
    return replies.map(({ status, json }) => ({ status, json }));
  };
  const first = await sendAll();
  const session = (await post('/v1/sessions', { json: { login: 'ann', password: PASSWORD } })).json;

  await restart(`${NEW},${OLD}`);
  const before = await program.services.events.head();
  expect(await sendAll()).toEqual(first);
  expect(await program.services.events.head()).toBe(before);
  const other = await post(path, { token: ann.token, headers: keyed, json: { text: 'another' } });
  expect([other.status, other.json.code]).toEqual([422, 'command-key-reused']);
  expect([await statusOf(ann.token), await statusOf(key)]).toEqual([200, 200]);
  // The other devices of the user have this key too.
  expect(await signInForKey()).toBe(key);
  const refreshed = await post('/v1/sessions/refresh', { json: { refreshToken: session.refreshToken } });
  expect(await statusOf(refreshed.json.accessToken)).toBe(200);
  ann = { ...ann, ...refreshed.json, token: refreshed.json.accessToken };
});

test('without the old secret, what it made is worth nothing: a key too, though the log has its hash', async () => {
  const old = (await post('/v1/sessions/current/ticket', { token: key })).json.ticket as string;
  await restart(NEW);
  expect([await statusOf(ann.token), await statusOf(key)]).toEqual([200, 401]);
  expect(await program.services.authenticator.byTicket(old)).toBeUndefined();
  const next = await signInForKey();
  expect(next).not.toBe(key);
  expect([await statusOf(next), await statusOf(key)]).toEqual([200, 401]);
});
