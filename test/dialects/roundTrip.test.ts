// A client of one API may send back an account of another as it was shown, with a change of its own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';

let program: Program;
let clock = Date.parse('2026-01-01T10:00:00.123Z');
beforeAll(async () => {
  program = await startProgram({ now: () => new Date(clock) });
});
afterAll(() => program.close());

let nth = 0;
const accounts: Readonly<Record<string, () => readonly [account: object, login: string]>> = {
  'has no e-mail address': () => [{ username: `plain${++nth}` }, `plain${nth}`],
  'has spaces in its username': () => [{ username: `Z H ${++nth}`, email: `z${nth}@x.io` }, `z${nth}@x.io`],
  'has no username': () => [{ email: `only${++nth}@x.io` }, `only${nth}@x.io`],
  'has a domain in capitals': () => [{ username: `big${++nth}`, email: `big${nth}@X.io` }, `big${nth}`],
  'has a name longer than the API takes': () => [{ username: `long${++nth}`, lastName: 'é'.repeat(180) }, `long${nth}`],
};
/** Where each shows the account, and where a client sends it back, with what beside it. */
const apis: Readonly<Record<string, (number: number) => readonly [read: string, write: string, more?: object]>> = {
  'ThanChat, as me': () => ['/thanchat/userauth/users/me/', '/thanchat/userauth/users/me/'],
  'ThanChat, by its id': (number) => [`/thanchat/userauth/users/${number}/`, `/thanchat/userauth/users/${number}/`],
  'Django-Chat-Server': (number) => [
    `/django-chat/api/${number}`,
    `/django-chat/api/${number}/update/`,
    { password: PASSWORD },
  ],
  Silicornya: () => ['/silicornya/auth/user/', '/silicornya/auth/user/'],
};

describe.each(Object.entries(accounts))('an account that %s', (_, make) => {
  test.each(Object.entries(apis))('is sent back to %s', async (_, pathsOf) => {
    const [account, login] = make();
    const { number, id } = (await program.call('POST', '/v1/users', { json: { ...account, password: PASSWORD } })).json;
    const token = (await program.call('POST', '/v1/sessions', { json: { login, password: PASSWORD } })).json
      .accessToken;
    if ('email' in account) await program.verify(id, account.email as string);
    // A change of the address would need a newer log-in.
    clock += 6 * 60_000;
    const [read, write, more] = pathsOf(number);
    const shown = (await program.call('GET', read, { token })).json;
    const changed = { ...shown, first_name: 'Zoe' };
    for (const method of ['PUT', 'PATCH'])
      expect(await program.call(method, write, { token, json: { ...changed, ...more } })).toMatchObject({
        status: 200,
        json: changed,
      });
    expect((await program.call('GET', read, { token })).json).toEqual(changed);
    expect((await program.call('GET', '/v1/me', { token })).json).toMatchObject({
      ...account,
      emailVerified: 'email' in account,
    });
  });
});

test.each([
  ['ThanChat', () => '/thanchat/userauth/users/me/', ['email']],
  ['Django-Chat-Server', (number: number) => `/django-chat/api/${number}/update/`, ['username', 'email', 'first_name']],
])('an account with names does not lose them to blank ones of %s', async (api, pathOf, fields) => {
  const username = `kim-${api}`;
  const json = { username, email: `${username}@x.io`, firstName: 'Kim', password: PASSWORD };
  const { number } = (await program.call('POST', '/v1/users', { json })).json;
  const login = { login: username, password: PASSWORD };
  const token = (await program.call('POST', '/v1/sessions', { json: login })).json.accessToken;
  const blank = Object.fromEntries(fields.map((field) => [field, '']));
  const refused = await program.call('PATCH', pathOf(number), { token, json: blank });
  const errors = Object.fromEntries(fields.map((field) => [field, ['This field may not be blank.']]));
  expect([refused.status, refused.json]).toEqual([400, errors]);
});
