// Accounts and sessions over HTTP.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

const call: Program['call'] = (...given) => program.call(...given);
const register = (json: object) => call('POST', '/v1/users', { json: { password: PASSWORD, ...json } });
const signIn = (json: object) => call('POST', '/v1/sessions', { json: { password: PASSWORD, ...json } });

describe('an account', () => {
  test('is registered and shown to its owner with everything that is theirs', async () => {
    const { status, json } = await register({ email: 'Ann@Example.org', username: 'ann', phone: '+44 20 7946 0000' });
    expect(status).toBe(201);
    expect(json).toMatchObject({ email: 'Ann@Example.org', username: 'ann', phone: '+44 20 7946 0000', roles: [] });
  });

  test('cannot have names of another, and every one of them is said', async () => {
    await register({ email: 'taken@example.org', username: 'taken' });
    const { status, json } = await register({ email: 'TAKEN@example.org ', username: 'Taken' });
    expect(status).toBe(400); // spaces around an address are no address
    expect(json.errors[0].field).toBe('email');
    const again = await register({ email: 'TAKEN@example.org', username: 'Taken' });
    expect(again.status).toBe(409);
    expect(again.json.errors.map(({ field, code }: { field: string; code: string }) => [field, code])).toEqual([
      ['email', 'email-taken'],
      ['username', 'username-taken'],
    ]);
  });

  test('is refused with every field at fault named, and unknown fields by name', async () => {
    const json = { email: 'nobody', phone: 'x', firstName: 7, isAdmin: true, id: 'x' };
    const { status, json: problem } = await register(json);
    expect(status).toBe(400);
    expect(problem.code).toBe('malformed-request');
    expect(problem.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'email',
      'firstName',
      'id',
      'isAdmin',
      'phone',
    ]);
  });

  test('needs a name to sign in by', async () => {
    const { status, json } = await register({});
    expect([status, json.code]).toEqual([422, 'name-required']);
  });

  test('shows others no address, phone or national code', async () => {
    const zoe = (await register({ email: 'zoe@example.org', username: 'zoe', nationalCode: '1', phone: '+1 555 0100' }))
      .json;
    const { token } = await program.person('yan');
    const { status, json, text } = await call('GET', `/v1/users/${zoe.id}`, { token });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: zoe.id, username: 'zoe', displayName: 'zoe' });
    expect(text).not.toMatch(/example\.org|555|national|phone|email/);
  });

  test('is changed by its owner, field by field', async () => {
    const { token } = await program.person('bea');
    const { status, json } = await call('PATCH', '/v1/me', { token, json: { firstName: 'Bea', phone: '+1 555 0101' } });
    expect([status, json.firstName, json.phone, json.username]).toEqual([200, 'Bea', '+1 555 0101', 'bea']);
    const me = await call('GET', '/v1/me', { token });
    expect(me.json).toEqual(json);
  });

  test('is deleted: signed out at once, its names free again', async () => {
    const cy = await program.person('cy');
    expect((await call('DELETE', '/v1/me', { token: cy.token })).json).toMatchObject({
      erasure: null,
      remains: expect.stringContaining('Your messages and files stay'),
    });
    expect((await call('GET', '/v1/me', { token: cy.token })).status).toBe(401);
    expect((await signIn({ login: 'cy' })).status).toBe(401);
    const { token } = await program.person('cy');
    expect((await call('GET', `/v1/users/${cy.id}`, { token })).json).toMatchObject({ deleted: true, username: null });
  });

  test('can be found by the beginning of its username, page by page', async () => {
    for (const name of ['prefix-a', 'Prefix-b', 'prefix-c', 'prefiy']) await register({ username: name });
    const { token } = await program.person('finder');
    const first = await call('GET', '/v1/users?prefix=prefix&limit=2', { token });
    const next = await call('GET', `/v1/users?prefix=prefix&limit=2&after=${first.json.next}`, { token });
    const names = [...first.json.items, ...next.json.items].map(({ username }: { username: string }) => username);
    expect(names).toEqual(['prefix-a', 'Prefix-b', 'prefix-c']);
    expect(next.json.next).toBeNull();
  });

  test.each(['\u{10000}', '\ue000', '\u{1f600}', '\u{1f400}'])(
    'can be found by the beginning of its username, whatever the last character is: %j',
    async (last) => {
      await register({ username: `x${last}` });
      const { token } = await program.person(`looks-for-${last.codePointAt(0)}`);
      const { json } = await call('GET', `/v1/users?prefix=${encodeURIComponent(`X${last}`)}`, { token });
      expect(json.items.map(({ username }: { username: string }) => username)).toEqual([`x${last}`]);
    },
  );

  test('is in the list of all, in the order of numbers', async () => {
    const { token } = await program.person('lister');
    const numbers: number[] = [];
    for (let after = ''; ; ) {
      const { json } = await call('GET', `/v1/users?limit=3${after && `&after=${after}`}`, { token });
      numbers.push(...json.items.map(({ number }: { number: number }) => number));
      if (json.next === null) break;
      after = json.next;
    }
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    expect(numbers.length).toBeGreaterThan(5);
  });
});

describe('signing in', () => {
  test('works with e-mail, username or phone, and an unknown account looks like a wrong password', async () => {
    await register({ email: 'dan@example.org', username: 'dan', phone: '+1 555 0102' });
    for (const login of ['dan', 'DAN', 'dan@example.org', '+15550102'])
      expect((await signIn({ login })).status).toBe(201);
    const wrong = await signIn({ login: 'dan', password: 'no' });
    const unknown = await signIn({ login: 'nobody' });
    expect([wrong.status, wrong.json.code]).toEqual([401, 'credentials-wrong']);
    expect({ ...unknown.json, requestId: '' }).toEqual({ ...wrong.json, requestId: '' });
  });

  test('gives a key that is the same until it is logged out, and is good under either scheme', async () => {
    await register({ username: 'eve' });
    const { user, key } = (await signIn({ login: 'eve', kind: 'key' })).json;
    expect(key).toMatch(/^[0-9a-f]{40}$/);
    expect((await signIn({ login: 'eve', kind: 'key' })).json.key).toBe(key);
    for (const scheme of ['Token', 'Bearer', 'token'])
      expect((await call('GET', '/v1/me', { headers: { Authorization: `${scheme} ${key}` } })).json.id).toBe(user.id);
    expect((await call('DELETE', '/v1/sessions/current', { token: key })).status).toBe(204);
    expect((await call('GET', '/v1/me', { token: key })).status).toBe(401);
    expect((await signIn({ login: 'eve', kind: 'key' })).json.key).not.toBe(key);
  });

  test('ends at once with a log-out', async () => {
    const { token, refreshToken } = await program.person('fay');
    expect((await call('DELETE', '/v1/sessions/current', { token })).status).toBe(204);
    expect((await call('GET', '/v1/me', { token })).status).toBe(401);
    expect((await call('POST', '/v1/sessions/refresh', { json: { refreshToken } })).json.code).toBe(
      'refresh-token-invalid',
    );
  });

  test('goes on with a refresh token; an old one, used again, ends the session', async () => {
    const { refreshToken } = await program.person('gus');
    const next = (await call('POST', '/v1/sessions/refresh', { json: { refreshToken } })).json;
    expect((await call('GET', '/v1/me', { token: next.accessToken })).status).toBe(200);
    const later = (await call('POST', '/v1/sessions/refresh', { json: { refreshToken: next.refreshToken } })).json;
    expect((await call('POST', '/v1/sessions/refresh', { json: { refreshToken } })).status).toBe(401);
    expect((await call('GET', '/v1/me', { token: later.accessToken })).status).toBe(401);
  });

  test('with a new password ends the key and every session but the one it was set in', async () => {
    const { token, refreshToken } = await program.person('hal');
    const other = (await signIn({ login: 'hal' })).json.accessToken;
    const { key } = (await signIn({ login: 'hal', kind: 'key' })).json;
    const wrong = await call('PUT', '/v1/me/password', { token, json: { current: 'no', password: 'battery staple' } });
    expect([wrong.status, wrong.json.code, wrong.json.errors[0].field]).toEqual([422, 'confirmation-wrong', 'current']);
    const right = await call('PUT', '/v1/me/password', {
      token,
      json: { current: PASSWORD, password: 'battery staple' },
    });
    expect(right.status).toBe(204);
    const statusOf = async (credential: string) => (await call('GET', '/v1/me', { token: credential })).status;
    expect(await Promise.all([token, other, key].map(statusOf))).toEqual([200, 401, 401]);
    expect((await call('POST', '/v1/sessions/refresh', { json: { refreshToken } })).status).toBe(200);
    expect((await signIn({ login: 'hal', password: 'battery staple' })).status).toBe(201);
  });

  test('gives tickets for sockets, each good once', async () => {
    const { id, token } = await program.person('ivy');
    const { status, json } = await call('POST', '/v1/sessions/current/ticket', { token });
    expect([status, json.expiresIn]).toEqual([201, 30]);
    const { authenticator } = program.services;
    expect((await authenticator.byTicket(json.ticket))?.user.userId).toBe(id);
    expect(await authenticator.byTicket(json.ticket)).toBeUndefined();
    expect((await call('GET', '/v1/me', { token: json.ticket })).status).toBe(401);
  });

  test('fails alike for everything that is no credential, with a challenge', async () => {
    const bad = [
      '',
      'Bearer',
      'Bearer x',
      'Basic YTpi',
      `Token ${'0'.repeat(40)}`,
      `Bearer ${'a'.repeat(6000)}`,
      'Bearer a b',
    ];
    for (const Authorization of bad) {
      const { status, json, headers } = await call('GET', '/v1/me', { headers: { Authorization } });
      expect([status, json.code]).toEqual([401, 'signed-out']);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });
});

describe('roles', () => {
  test('are given and taken by admins alone', async () => {
    const [root, jo] = [await program.person('root'), await program.person('jo')];
    const path = `/v1/users/${jo.id}/roles/auditor`;
    expect((await call('PUT', path, { token: root.token })).json.code).toBe('not-permitted');
    await program.grant(root.id, 'admin');
    expect((await call('PUT', path, { token: root.token })).status).toBe(204);
    expect((await call('GET', '/v1/me', { token: jo.token })).json.roles).toEqual(['auditor']);
    expect((await call('DELETE', path, { token: root.token })).status).toBe(204);
    expect((await call('GET', '/v1/me', { token: jo.token })).json.roles).toEqual([]);
    expect((await call('PUT', `/v1/users/${jo.id}/roles/king`, { token: root.token })).status).toBe(400);
  });
});
