// A stolen token is not an account: what takes an account over asks for the password, or a fresh sign-in, in every API.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { outsideToken, SIGN_ON_SECRET } from '../dialects/tongues.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let late = 0;
beforeAll(async () => {
  program = await startProgram({
    now: () => new Date(Date.now() + late),
    settings: { NARGIL_JWT_SECRET: SIGN_ON_SECRET },
  });
});
afterAll(() => program.close());

let people = 0;
const somebody = async (): Promise<Person & { readonly key: string }> => {
  late = 0;
  const person = await program.person(`person${++people}`);
  const json = { login: person.username, password: PASSWORD, kind: 'key' };
  return { ...person, key: (await program.call('POST', '/v1/sessions', { json })).json.key };
};
const LATER = 5 * 60_000;
const email = () => `new${people}@example.com`;

type Change = readonly [method: string, path: (person: Person) => string, json: () => object];
const changes: Readonly<Record<string, Change>> = {
  'a new password': ['PUT', () => '/v1/me/password', () => ({ password: 'battery staple' })],
  'a new e-mail address': ['PATCH', () => '/v1/me', () => ({ email: email() })],
  'a new phone number': ['PATCH', () => '/v1/me', () => ({ phone: `+1 555 01${people}` })],
  'a new contact phone': ['PATCH', () => '/v1/me', () => ({ contactPhone: '12' })],
  'a deletion': ['DELETE', () => '/v1/me', () => ({})],
  'a token for a bot': ['POST', () => '/v1/me/tokens', () => ({ name: 'bot', scopes: ['read'] })],
};
const elsewhere: Readonly<Record<string, Change>> = {
  'a new e-mail address of Django-Chat-Server': [
    'PATCH',
    ({ number }) => `/api/${number}/update/`,
    () => ({ email: email() }),
  ],
  'a new password of Django-Chat-Server': [
    'PATCH',
    ({ number }) => `/api/${number}/update/`,
    () => ({ password: 'battery staple' }),
  ],
  'a deletion of Django-Chat-Server': ['DELETE', ({ number }) => `/api/${number}/delete/`, () => ({})],
  'a new e-mail address of ThanChat': ['PATCH', () => '/userauth/users/me/', () => ({ email: email() })],
  'a new phone of ThanChat': ['PATCH', () => '/userauth/users/me/', () => ({ phone: '12' })],
};

test.each(Object.entries({ ...changes, ...elsewhere }))(
  '%s: by a fresh session alone',
  async (_, [method, path, json]) => {
    const person = await somebody();
    const ask = (token: string) => program.call(method, path(person), { token, json: json() });
    const byKey = await ask(person.key);
    late = LATER;
    const stale = await ask(person.token);
    late = LATER - 2000;
    const fresh = await ask(person.token);
    const refused = path(person).startsWith('/userauth') ? 400 : 403;
    expect([byKey.status, stale.status, fresh.status < 300]).toEqual([refused, refused, true]);
  },
);

test.each(Object.entries(changes))('%s: or with the present password', async (_, [method, path, json]) => {
  const person = await somebody();
  const ask = (token: string, current?: string) =>
    program.call(method, path(person), { token, json: { ...json(), current } });
  late = LATER;
  expect((await ask(person.token)).json).toMatchObject({
    code: 'confirmation-required',
    errors: [{ field: 'current' }],
  });
  const wrong = await ask(person.token, 'guessed');
  expect([wrong.status, wrong.json.code]).toEqual([422, 'confirmation-wrong']);
  expect((await ask(person.key, PASSWORD)).status).toBeLessThan(300);
});

test('ThanChat takes the present password beside the new address', async () => {
  const { key } = await somebody();
  const ask = (current_password?: string) =>
    program.call('PATCH', '/userauth/users/me/', { token: key, json: { email: email(), current_password } });
  expect((await ask()).json).toEqual({ current_password: ['This field is required.'] });
  const wrong = await ask('guessed');
  expect([wrong.status, wrong.json]).toEqual([400, { current_password: ['Invalid password.'] }]);
  expect((await ask(PASSWORD)).status).toBe(200);
});

test('ThanChat takes a name with its password as a fresh sign-in', async () => {
  const { username } = await somebody();
  const Authorization = `Basic ${Buffer.from(`${username}:${PASSWORD}`).toString('base64')}`;
  const reply = await program.call('PATCH', '/userauth/users/me/', {
    headers: { Authorization },
    json: { email: email() },
  });
  expect(reply.status).toBe(200);
});

test('an old session changes the rest, and sends back what is as it was', async () => {
  const { token, number, username } = await somebody();
  late = LATER;
  const native = await program.call('PATCH', '/v1/me', { token, json: { firstName: 'Ann', email: null, phone: null } });
  expect([native.status, native.json.firstName]).toEqual([200, 'Ann']);
  const whole = { username, first_name: 'Bea', last_name: 'L', password: PASSWORD };
  const put = await program.call('PATCH', `/api/${number}/update/`, { token, json: whole });
  expect([put.status, put.json.first_name]).toEqual([200, 'Bea']);
  const refused = await program.call('PATCH', `/api/${number}/update/`, {
    token,
    json: { ...whole, first_name: 'Eve', password: 'battery staple' },
  });
  expect([refused.status, refused.json]).toEqual([
    403,
    { detail: 'Log in again to do this. The last log-in was more than 5 minutes ago.' },
  ]);
  // Nothing of the refused request was carried out.
  expect((await program.call('GET', '/v1/me', { token })).json.firstName).toBe('Bea');
});

test('a token of the outside sign-on counts from its iat', async () => {
  late = 0;
  const [iat, exp] = [0, 3600].map((seconds) => Math.floor(Date.now() / 1000) + seconds);
  const token = await outsideToken({ uuid: crypto.randomUUID(), iat, exp });
  const set = () => program.call('PUT', '/v1/me/password', { token, json: { password: 'battery staple' } });
  const unknown = await outsideToken({ uuid: crypto.randomUUID(), iat: undefined, exp });
  const json = { password: 'battery staple' };
  expect((await program.call('PUT', '/v1/me/password', { token: unknown, json })).json.code).toBe(
    'confirmation-required',
  );
  late = LATER;
  expect((await set()).json.code).toBe('confirmation-required');
  late = LATER - 2000;
  expect((await set()).status).toBe(204);
});
