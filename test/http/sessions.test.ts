// Where somebody is signed in: the list, its limits of time, refreshing, and the tokens of bots.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Scope, scopes } from '../../src/domain/events.ts';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes/index.ts';
import { recorded } from '../support/log.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let now = Date.parse('2026-03-01T12:00:00.000Z');
const pass = (milliseconds: number): void => {
  now += milliseconds;
};

let program: Program;
beforeAll(async () => {
  const settings = { SESSION_IDLE: '10', SESSION_LIFETIME: '15' };
  program = await startProgram({ settings, now: () => new Date(now) });
});
afterAll(() => program.close());

let count = 0;
let ann: Person;
beforeEach(async () => {
  ann = await program.person(`ann${++count}`);
});

const call: Program['call'] = (...given) => program.call(...given);
const signIn = async (more: object = {}, headers = {}) =>
  (await call('POST', '/v1/sessions', { json: { login: ann.username, password: PASSWORD, ...more }, headers })).json;
const refresh = (refreshToken: string) => call('POST', '/v1/sessions/refresh', { json: { refreshToken } });
const listOf = async (token: string, query = '') => (await call('GET', `/v1/me/sessions${query}`, { token })).json;
const isGood = async (token: string) => (await call('GET', '/v1/me', { token })).status === 200;
const makeToken = async (chosen: readonly Scope[], token = ann.token) =>
  (await call('POST', '/v1/me/tokens', { token, json: { name: 'weather', scopes: chosen } })).json;

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0';

describe('the list of sessions', () => {
  test('shows the devices, when each was opened and last used, and which one asks', async () => {
    await signIn({}, { 'User-Agent': FIREFOX });
    pass(MINUTE);
    const phone = await signIn({ device: 'Ann’s phone' });
    pass(MINUTE);
    const [openedAt, lastUsedAt] = [new Date(now - MINUTE).toISOString(), new Date(now).toISOString()];
    const { accessToken } = (await refresh(phone.refreshToken)).json;
    const { items, next, hasKey } = await listOf(accessToken);
    expect([next, hasKey]).toEqual([null, false]);
    expect(items.map(({ device, current }: { device: string; current: boolean }) => [device, current])).toEqual([
      ['Ann’s phone', true],
      ['Firefox on Linux', false],
      ['node', false],
    ]);
    expect(items[0]).toMatchObject({ openedAt, lastUsedAt });
  });

  test('comes page by page', async () => {
    for (const device of ['a', 'b', 'c']) await signIn({ device });
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { items, next } = await listOf(ann.token, `?limit=3${after}`);
      seen.push(...items.map(({ device }: { device: string }) => device));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(seen).toEqual(['c', 'b', 'a', 'node']);
  });

  test('loses a session that is ended, by its id or by a log-out, and shows those of nobody else', async () => {
    const [lost, left, bob] = [await signIn(), await signIn(), await program.person(`bob${count}`)];
    const { items } = await listOf(lost.accessToken);
    const { id } = items.find(({ current }: { current: boolean }) => current);
    const theft = await call('DELETE', `/v1/me/sessions/${id}`, { token: bob.token });
    expect([theft.status, theft.json.code]).toEqual([404, 'session-unknown']);
    expect((await call('DELETE', `/v1/me/sessions/${id}`, { token: ann.token })).status).toBe(204);
    await call('DELETE', '/v1/sessions/current', { token: left.accessToken });
    expect(await Promise.all([lost, left].map(({ accessToken }) => isGood(accessToken)))).toEqual([false, false]);
    expect((await listOf(ann.token)).items.map(({ current }: { current: boolean }) => current)).toEqual([true]);
    expect((await listOf(bob.token)).items).toHaveLength(1);
  });

  test('is one session long after signing out everywhere else; the key and the tokens of bots end too', async () => {
    const [other, { key }, bot] = [await signIn(), await signIn({ kind: 'key' }), await makeToken(['read'])];
    expect((await listOf(ann.token)).hasKey).toBe(true);
    expect((await call('DELETE', '/v1/me/sessions', { token: ann.token })).status).toBe(204);
    expect(await Promise.all([other.accessToken, key, bot.token, ann.token].map(isGood))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    const { items, hasKey } = await listOf(ann.token);
    expect([items.map(({ current }: { current: boolean }) => current), hasKey]).toEqual([[true], false]);
    expect((await call('GET', '/v1/me/tokens', { token: ann.token })).json.items).toEqual([]);
    await signIn();
    expect((await listOf(ann.token)).items).toHaveLength(2);
  });

  test('is empty after signing out everywhere else with the key, which stays', async () => {
    const { key } = await signIn({ kind: 'key' });
    expect((await call('DELETE', '/v1/me/sessions', { token: key })).status).toBe(204);
    expect(await Promise.all([key, ann.token].map(isGood))).toEqual([true, false]);
    expect(await listOf(key)).toMatchObject({ items: [], hasKey: true });
  });
});

describe('a session', () => {
  test('ends when it is not refreshed for too long, and leaves the list', async () => {
    pass(10 * DAY - 1);
    const { refreshToken } = (await refresh(ann.refreshToken)).json;
    pass(10 * DAY);
    const { json } = await refresh(refreshToken);
    expect(json.code).toBe('refresh-token-invalid');
    expect((await listOf((await signIn()).accessToken)).items).toHaveLength(1);
  });

  test('ends when it is too old, however much it is used, and so does the key', async () => {
    const { key } = await signIn({ kind: 'key' });
    let { refreshToken } = ann;
    for (let days = 0; days < 14; days += 7) {
      pass(7 * DAY);
      refreshToken = (await refresh(refreshToken)).json.refreshToken;
    }
    pass(DAY - 1);
    const last = (await refresh(refreshToken)).json;
    expect(await Promise.all([last.accessToken, key].map(isGood))).toEqual([true, true]);
    pass(1);
    expect(await Promise.all([last.accessToken, key].map(isGood))).toEqual([false, false]);
    expect((await refresh(last.refreshToken)).status).toBe(401);
    expect((await signIn({ kind: 'key' })).key).not.toBe(key);
  });

  test('goes on in two tabs that refresh at once: both get the same tokens', async () => {
    const [one, other] = await Promise.all([refresh(ann.refreshToken), refresh(ann.refreshToken)]);
    expect([one.status, other.status, other.json]).toEqual([200, 200, one.json]);
    pass(10_000);
    expect((await refresh(ann.refreshToken)).json).toEqual(one.json);
    expect((await refresh(one.json.refreshToken)).status).toBe(200);
  });

  test('ends when an old refresh token comes later than that, or one from before it', async () => {
    const next = (await refresh(ann.refreshToken)).json;
    pass(10_001);
    expect((await refresh(ann.refreshToken)).json.code).toBe('refresh-token-invalid');
    expect(await isGood(next.accessToken)).toBe(false);
    const [first, second] = [await signIn(), await signIn()];
    const third = (await refresh((await refresh(first.refreshToken)).json.refreshToken)).json;
    expect((await refresh(first.refreshToken)).status).toBe(401);
    expect(await Promise.all([third.accessToken, second.accessToken].map(isGood))).toEqual([false, true]);
  });
});

/** What the token of a bot needs for each route; null: no such token may send it. Public routes do not ask. */
const needs: Readonly<Record<string, Scope | null>> = {
  'POST /v1/conversations/:conversationId/messages': 'write',
  'GET /v1/conversations/:conversationId/messages': 'read',
  'GET /v1/conversations/:conversationId/messages/:messageId': 'read',
  'POST /v1/conversations/:conversationId/read': 'write',
  'GET /v1/conversations/:conversationId/messages/:messageId/thread': 'read',
  'GET /v1/conversations/:conversationId/threads': 'read',
  'GET /v1/me/threads': 'read',
  'PUT /v1/conversations/:conversationId/messages/:messageId/thread/follow': 'write',
  'DELETE /v1/conversations/:conversationId/messages/:messageId/thread/follow': 'write',
  'POST /v1/conversations/:conversationId/messages/:messageId/thread/read': 'write',
  'DELETE /v1/conversations/:conversationId/messages/:messageId': 'manage',
  'PUT /v1/conversations/:conversationId/messages/:messageId/reactions/:emoji': 'write',
  'DELETE /v1/conversations/:conversationId/messages/:messageId/reactions/:emoji': 'write',
  'GET /v1/conversations/:conversationId/messages/:messageId/reactions': 'read',
  'PUT /v1/conversations/:conversationId/messages/:messageId/pin': 'manage',
  'DELETE /v1/conversations/:conversationId/messages/:messageId/pin': 'manage',
  'GET /v1/conversations/:conversationId/pins': 'read',
  'PUT /v1/conversations/:conversationId/messages/:messageId/bookmark': 'write',
  'DELETE /v1/conversations/:conversationId/messages/:messageId/bookmark': 'write',
  'GET /v1/me/bookmarks': 'read',
  'GET /v1/presence': 'read',
  'GET /v1/conversations/:conversationId/presence': 'read',
  'PUT /v1/me/status': 'write',
  'DELETE /v1/me/status': 'write',
  'PATCH /v1/conversations/:conversationId/messages/:messageId': 'write',
  'POST /v1/conversations/:conversationId/messages/:messageId/restore': 'manage',
  'GET /v1/conversations/:conversationId/messages/:messageId/versions': 'read',
  'GET /v1/conversations': 'read',
  'GET /v1/sync': 'read',
  'GET /v1/conversations/:conversationId': 'read',
  'PATCH /v1/conversations/:conversationId': 'manage',
  'POST /v1/groups': 'manage',
  'POST /v1/rooms': 'manage',
  'POST /v1/chats': 'write',
  'GET /v1/conversations/:conversationId/members': 'read',
  'POST /v1/conversations/:conversationId/members': 'manage',
  'DELETE /v1/conversations/:conversationId/members/:userId': 'manage',
  'POST /v1/conversations/:conversationId/join': 'manage',
  'POST /v1/conversations/:conversationId/leave': 'manage',
  'POST /v1/files': 'files',
  'GET /v1/files/:fileId': 'read',
  'GET /v1/files/:fileId/info': 'read',
  'GET /v1/users/:userId/picture': 'read',
  'GET /v1/conversations/:conversationId/picture': 'read',
  'DELETE /v1/sessions/current': null,
  'POST /v1/sessions/current/ticket': 'read',
  'GET /v1/me/sessions': null,
  'DELETE /v1/me/sessions': null,
  'DELETE /v1/me/sessions/:sessionId': null,
  'POST /v1/me/tokens': null,
  'GET /v1/me/tokens': null,
  'DELETE /v1/me/tokens/:tokenId': null,
  'GET /v1/search': 'read',
  'GET /v1/users': 'read',
  'GET /v1/users/:userId': 'read',
  'GET /v1/me': 'read',
  'PATCH /v1/me': null,
  'DELETE /v1/me': null,
  'PUT /v1/me/password': null,
  'POST /v1/me/email/verification': null,
  'PUT /v1/me/desks': null,
  'PUT /v1/me/receipts': null,
  'PUT /v1/me/alert-words': null,
  'GET /v1/me/alert-words': 'read',
  'GET /v1/me/mentions': 'read',
  'GET /v1/me/unread': 'read',
  'GET /v1/conversations/:conversationId/messages/:messageId/seen': 'read',
  'GET /v1/limits': 'read',
  'PUT /v1/conversations/:conversationId/desk': 'manage',
  'PUT /v1/conversations/:conversationId/members/:userId/role': 'manage',
  'PATCH /v1/conversations/:conversationId/policy': 'manage',
  'PUT /v1/conversations/:conversationId/owners/:userId': 'manage',
  'DELETE /v1/conversations/:conversationId/owners/:userId': 'manage',
  'POST /v1/conversations/:conversationId/take-over': null,
  'PUT /v1/users/:userId/email/verified': null,
  'PUT /v1/users/:userId/roles/:role': null,
  'DELETE /v1/users/:userId/roles/:role': null,
  'PUT /v1/users/:userId/suspension': null,
  'DELETE /v1/users/:userId/suspension': null,
  'DELETE /v1/users/:userId/sessions': null,
  'POST /v1/invitations': null,
  'DELETE /v1/invitations/:invitationId': null,
  'PUT /v1/users/:userId/erasure': null,
  'PUT /v1/conversations/:conversationId/visitor/erasure': null,
  'PUT /v1/conversations/:conversationId/messages/:messageId/erasure': null,
  'PUT /v1/files/:fileId/erasure': null,
  'DELETE /v1/erasures/:targetId': null,
  'GET /v1/audit/erasures': 'audit',
  'GET /v1/audit/erasures/:targetId': 'audit',
  'GET /v1/audit/events': 'audit',
  'GET /v1/audit/events/:position/related': 'audit',
  'GET /v1/audit/explain': 'audit',
  'GET /v1/audit/streams/:stream': 'audit',
  'GET /v1/audit/seals': 'audit',
  'POST /v1/audit/seals': 'audit',
  'GET /v1/audit/consistency': 'audit',
  'GET /v1/audit/proof/:eventId': 'audit',
  'GET /v1/me/export': null,
  'GET /v1/admin/rebuild': 'read',
  'POST /v1/admin/rebuild': null,
};
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

describe('the token of a bot', () => {
  test('is shown once, listed by its name and scopes, and revoked', async () => {
    const before = (await call('GET', '/v1/me', { token: ann.token })).json.lastLoginAt;
    pass(MINUTE);
    const made = await makeToken(['read', 'write']);
    expect((await call('GET', '/v1/me', { token: ann.token })).json.lastLoginAt).toBe(before);
    expect(made).toMatchObject({ name: 'weather', scopes: ['read', 'write'], token: expect.stringMatching(/^vbt_/) });
    const { token, ...shown } = made;
    expect((await call('GET', '/v1/me/tokens', { token: ann.token })).json.items).toEqual([shown]);
    expect((await listOf(ann.token)).items).toHaveLength(1);
    for (const scheme of ['Bearer', 'Token'])
      expect((await call('GET', '/v1/me', { headers: { Authorization: `${scheme} ${token}` } })).json.id).toBe(ann.id);
    const bob = await program.person(`bob${count}`);
    expect((await call('DELETE', `/v1/me/tokens/${made.id}`, { token: bob.token })).json.code).toBe('token-unknown');
    expect((await call('DELETE', `/v1/me/tokens/${made.id}`, { token: ann.token })).status).toBe(204);
    expect(await isGood(token)).toBe(false);
    expect((await call('GET', '/v1/me/tokens', { token: ann.token })).json.items).toEqual([]);
  });

  test('lasts without being refreshed, until the password changes', async () => {
    const { token } = await makeToken(['read']);
    pass(100 * DAY);
    expect(await isGood(token)).toBe(true);
    const json = { current: PASSWORD, password: 'battery staple' };
    await call('PUT', '/v1/me/password', { token: (await signIn()).accessToken, json });
    expect(await isGood(token)).toBe(false);
  });

  test('is nothing that can be changed into another, and no session is one', async () => {
    const { id, token } = await makeToken(['read']);
    const { items } = await listOf(ann.token);
    const forged = [`${token}x`, token.replace(id, items[0].id), token.replace('vbt', 'inv'), `vbt_${id}.`];
    for (const one of forged) expect(await isGood(one)).toBe(false);
    const asked = await call('POST', '/v1/me/tokens', { token: ann.token, json: { name: ' ', scopes: [] } });
    expect([asked.status, asked.json.errors.map(({ field }: { field: string }) => field)]).toEqual([
      400,
      ['name', 'scopes'],
    ]);
    expect((await call('DELETE', `/v1/me/sessions/${id}`, { token: ann.token })).json.code).toBe('session-unknown');
  });

  test('needs the scope of each route, and for some there is none', async () => {
    const asking = routes.filter(({ access }) => access !== 'public');
    expect(new Set(Object.keys(needs))).toEqual(new Set(asking.map(nameOf)));
    await program.grant(ann.id, 'admin');
    const only = async (chosen: readonly Scope[]) => (await makeToken(chosen)).token as string;
    const sufficient = new Map<Scope | null, string>();
    const insufficient = new Map<Scope | null, string>([[null, await only(scopes)]]);
    for (const scope of scopes) {
      sufficient.set(scope, await only([scope]));
      insufficient.set(scope, await only(scopes.filter((other) => other !== scope)));
    }
    for (const route of asking) {
      const scope = needs[nameOf(route)]!;
      const path = route.path
        .replace(/:role/, 'staff')
        .replace(/:emoji/, '%F0%9F%91%8D')
        .replace(/:\w+/g, ann.id);
      const code = async (token: string) => (await call(route.method, path, { token })).json?.code;
      const [without, withIt] = [await code(insufficient.get(scope)!), sufficient.get(scope)];
      expect([nameOf(route), without]).toEqual([nameOf(route), 'scope-missing']);
      if (withIt) expect([nameOf(route), await code(withIt)]).not.toEqual([nameOf(route), 'scope-missing']);
    }
  });

  test('needs the same scopes at a socket', async () => {
    const port = Number(new URL(program.url).port);
    const { id } = (await call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } })).json;
    const [reader, writer] = [await makeToken(['read']), await makeToken(['write'])];
    await expect(connect({ port }, { token: writer.token })).rejects.toMatchObject({ status: 403 });
    const client = await connect({ port }, { token: reader.token });
    client.send({ type: 'subscribe' });
    await client.next('caught-up');
    const wish = { conversationId: id, key: 'k' };
    for (const frame of [
      { ...wish, type: 'send', text: 'x' },
      { ...wish, type: 'edit', messageId: id, text: 'x' },
      { ...wish, type: 'remove', messageId: id },
      { ...wish, type: 'restore', messageId: id },
      { ...wish, type: 'read', upTo: 1 },
      { ...wish, type: 'typing' },
      { type: 'presence', key: 'k', state: 'away' },
      { ...wish, type: 'react', messageId: id, emoji: '👍' },
      { ...wish, type: 'unreact', messageId: id, emoji: '👍' },
    ]) {
      client.send(frame);
      expect(await client.next('refused')).toMatchObject({ code: 'scope-missing', key: 'k' });
    }
    const { ticket } = (await call('POST', '/v1/sessions/current/ticket', { token: reader.token })).json;
    const byTicket = await connect({ port }, { path: `/v1/socket?ticket=${ticket}` });
    byTicket.send({ ...wish, type: 'send', text: 'x' });
    expect(await byTicket.next('refused')).toMatchObject({ code: 'scope-missing' });
    await call('DELETE', `/v1/me/tokens/${reader.id}`, { token: ann.token });
    expect(await Promise.all([client.closed, byTicket.closed])).toMatchObject([{ code: 4401 }, { code: 4401 }]);
  });

  test('needs the same scopes at a desk', async () => {
    const port = Number(new URL(program.url).port);
    const at = async (chosen: readonly Scope[]) => {
      const Authorization = `Bearer ${(await makeToken(chosen)).token}`;
      return connect({ port }, { path: '/connection/1/ann/ann@x.io/', headers: { Authorization } });
    };
    await expect(at(['write'])).rejects.toMatchObject({ status: 403 });
    const [reader, both] = [await at(['read']), await at(['read', 'write'])];
    reader.ws.send('by a reader');
    expect(await reader.next(undefined as unknown as string)).toEqual({ detail: expect.any(String) });
    both.ws.send('by a writer');
    expect(await both.next(undefined as unknown as string)).toMatchObject({ message: 'by a writer' });
    for (const client of [reader, both]) client.close();
  });

  test('needs the same scopes in a foreign API', async () => {
    const bob = await program.person(`bob${count}`);
    const [reader, writer] = [await makeToken(['read']), await makeToken(['write'])];
    const path = `/django-chat/api/messages/${bob.number}/send/`;
    const say = async (token: string) =>
      (await call('POST', path, { token, json: { receiver_user: bob.number, message: 'hi' } })).status;
    const read = async (token: string) =>
      (await call('GET', `/django-chat/api/messages/${bob.number}/`, { token })).status;
    expect([await say(reader.token), await say(writer.token)]).toEqual([403, 201]);
    const { actorId, correlationId, ...more } = (await recorded(program.services.events, 'MessageSent')).at(-1)!.meta;
    expect([actorId, typeof correlationId, more]).toEqual([ann.id, 'string', {}]);
    expect([await read(reader.token), await read(writer.token)]).toEqual([200, 403]);
    const form = { method: 'PATCH', path: `/django-chat/api/${ann.number}/update/` };
    const all = await makeToken(scopes);
    const changed = await call(form.method, form.path, { token: all.token, json: { first_name: 'Eve' } });
    expect(changed.status).toBe(403);
  });
});
