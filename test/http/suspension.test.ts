// A suspended account is signed out everywhere, in every API. Its messages stay.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { scopes } from '../../src/domain/events.ts';
import { recorded } from '../support/log.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let admin: Person;
let ann: Person;
beforeAll(async () => {
  program = await startProgram();
  [admin, ann] = [await program.person('admin'), await program.person('ann')];
  await program.grant(admin.id, 'admin');
});
afterAll(() => program.close());

const call: Program['call'] = (...given) => program.call(...given);
const signIn = (more: object = {}) =>
  call('POST', '/v1/sessions', { json: { login: 'ann', password: PASSWORD, ...more } });
const suspension = (method: 'PUT' | 'DELETE') => call(method, `/v1/users/${ann.id}/suspension`, { token: admin.token });

test('it is signed out everywhere until it is reinstated, and then signs in again', async () => {
  const { key } = (await signIn({ kind: 'key' })).json;
  const bot = (await call('POST', '/v1/me/tokens', { token: ann.token, json: { name: 'bot', scopes } })).json.token;
  const { ticket } = (await call('POST', '/v1/sessions/current/ticket', { token: ann.token })).json;
  const { id: room } = (await call('POST', '/v1/rooms', { token: ann.token, json: { name: 'Room' } })).json;
  const messages = `/v1/conversations/${room}/messages`;
  await call('POST', messages, { token: ann.token, json: { text: 'still here' } });
  expect((await suspension('PUT')).status).toBe(204);

  const paths = ['/v1/me', '/api/users/protected/', '/auth/user/', '/userauth/users/me/', '/cht/api/user/profile/'];
  const isOut = async () => {
    for (const token of [ann.token, key, bot])
      for (const path of paths) expect([path, (await call('GET', path, { token })).status]).toEqual([path, 401]);
    expect(await program.services.authenticator.byTicket(ticket)).toBeUndefined();
    const json = { refreshToken: ann.refreshToken };
    expect((await call('POST', '/v1/sessions/refresh', { json })).json.code).toBe('refresh-token-invalid');
  };
  await isOut();
  for (const kind of ['tokens', 'key']) {
    const { status, json } = await signIn({ kind });
    expect([status, json.code]).toEqual([403, 'account-suspended']);
    // Somebody without the password does not learn it.
    expect((await signIn({ kind, password: 'guess' })).json.code).toBe('credentials-wrong');
  }
  const basic = { Authorization: `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}` };
  expect((await call('GET', '/userauth/users/me/', { headers: basic })).status).toBe(401);
  const logIns: readonly [string, object][] = [
    ['/solari/api/login/', { email: 'ann', password: PASSWORD }],
    ['/django-chat/api/login/', { email: 'ann', password: PASSWORD }],
    ['/django-chat/api/token/', { email: 'ann', password: PASSWORD }],
    ['/userauth/token/login/', { username: 'ann', password: PASSWORD }],
    ['/auth/login/', { username: 'ann', password: PASSWORD }],
  ];
  for (const [path, json] of logIns) {
    const wrong = await call('POST', path, { json: { ...json, password: 'guess' } });
    const right = await call('POST', path, { json });
    expect([path, right.status, right.json]).toEqual([path, wrong.status, wrong.json]);
  }
  const { items } = (await call('GET', messages, { token: admin.token })).json;
  expect(items.map(({ text }: { text: string }) => text)).toEqual(['still here']);

  expect((await suspension('DELETE')).status).toBe(204);
  await isOut();
  const again = (await signIn()).json.accessToken;
  expect((await call('GET', '/v1/me', { token: again })).status).toBe(200);
  const log = program.services.events;
  const changed = [...(await recorded(log, 'UserSuspended')), ...(await recorded(log, 'UserReinstated'))];
  expect(changed.map(({ data }) => data)).toEqual([
    { userId: ann.id, by: admin.id },
    { userId: ann.id, by: admin.id },
  ]);
});

test('an admin signs somebody out everywhere, who can sign in again at once', async () => {
  const { accessToken: token } = (await signIn()).json;
  expect((await call('DELETE', `/v1/users/${ann.id}/sessions`, { token: admin.token })).status).toBe(204);
  expect((await call('GET', '/v1/me', { token })).status).toBe(401);
  expect((await signIn()).status).toBe(201);
  expect((await recorded(program.services.events, 'SessionsEnded')).at(-1)?.data).toEqual({
    userId: ann.id,
    by: admin.id,
  });
});

test('an admin who gives or takes a role is on record', async () => {
  for (const method of ['PUT', 'DELETE']) await call(method, `/v1/users/${ann.id}/roles/staff`, { token: admin.token });
  const log = program.services.events;
  const changed = [...(await recorded(log, 'RoleGranted')), ...(await recorded(log, 'RoleRevoked'))].slice(-2);
  expect(changed.map(({ data }) => data)).toEqual([
    { userId: ann.id, role: 'staff', by: admin.id },
    { userId: ann.id, role: 'staff', by: admin.id },
  ]);
});
