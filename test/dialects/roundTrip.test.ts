// A client of one API may send back an account of another as it was shown, with a change of its own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

let nth = 0;
const accounts: Readonly<Record<string, () => readonly [names: object, login: string]>> = {
  'has no e-mail address': () => [{ username: `plain${++nth}` }, `plain${nth}`],
  'has spaces in its username': () => [{ username: `Z H ${++nth}`, email: `z${nth}@x.io` }, `z${nth}@x.io`],
  'has no username': () => [{ email: `only${++nth}@x.io` }, `only${nth}@x.io`],
};
const paths: Readonly<Record<string, (number: number) => string>> = {
  'ThanChat, as me': () => '/thanchat/userauth/users/me/',
  'ThanChat, by its id': (number) => `/thanchat/userauth/users/${number}/`,
  Silicornya: () => '/silicornya/auth/user/',
};

describe.each(Object.entries(accounts))('an account that %s', (_, make) => {
  test.each(Object.entries(paths))('is sent back to %s', async (_, pathOf) => {
    const [names, login] = make();
    const { number } = (await program.call('POST', '/v1/users', { json: { ...names, password: PASSWORD } })).json;
    const token = (await program.call('POST', '/v1/sessions', { json: { login, password: PASSWORD } })).json
      .accessToken;
    const path = pathOf(number);
    const shown = (await program.call('GET', path, { token })).json;
    const json = { ...shown, first_name: 'Zoe' };
    expect(await program.call('PUT', path, { token, json })).toMatchObject({ status: 200, json });
    expect((await program.call('GET', path, { token })).json).toEqual(json);
  });
});

test('an account with an e-mail address does not lose it to a blank one', async () => {
  const json = { username: 'kim', email: 'kim@x.io', password: PASSWORD };
  await program.call('POST', '/v1/users', { json });
  const login = { login: 'kim', password: PASSWORD };
  const token = (await program.call('POST', '/v1/sessions', { json: login })).json.accessToken;
  const refused = await program.call('PATCH', '/thanchat/userauth/users/me/', { token, json: { email: '' } });
  expect([refused.status, refused.json]).toEqual([400, { email: ['This field may not be blank.'] }]);
});
