// How accounts want to be called, and where they are in the day: over HTTP, at sockets, in searches and in the past.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;

beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});
afterAll(() => program.close());

const see = async (path: string) => (await program.call('GET', path, { token: ben.token })).json;
const change = (json: object, by = ann) => program.call('PATCH', '/v1/me', { token: by.token, json });
const found = async (name: string, more = '') =>
  (await see(`/v1/users?name=${name}${more}`)).items.map(({ id }: { id: string }) => id);

describe('a display name', () => {
  test('is shown to everybody in place of the other names, until it is taken back', async () => {
    const { json } = await change({ firstName: 'Ann', lastName: 'Lee', displayName: 'Captain' });
    expect(json).toMatchObject({ displayName: 'Captain', firstName: 'Ann' });
    expect(await see(`/v1/users/${ann.id}`)).toMatchObject({ displayName: 'Captain', firstName: 'Ann' });
    const before = await program.services.events.head();
    expect((await change({ displayName: null })).json.displayName).toBe('Ann Lee');
    expect(await see(`/v1/users/${ann.id}?asOf=${before}`)).toMatchObject({ displayName: 'Captain' });
    await change({ displayName: 'Captain' });
    expect((await change({ displayName: '' })).json.displayName).toBe('Ann Lee');
  });

  test('is found by any part of it, then and now', async () => {
    const zoe = await program.person('zoe');
    const before = await program.services.events.head();
    await change({ displayName: 'Quartermaster' }, zoe);
    expect([await found('master'), await found('master', `&asOf=${before}`)]).toEqual([[zoe.id], []]);
    const named = await program.services.events.head();
    await change({ displayName: 'Cook' }, zoe);
    expect([await found('master'), await found('cook'), await found('master', `&asOf=${named}`)]).toEqual([
      [],
      [zoe.id],
      [zoe.id],
    ]);
  });

  test('is gone with the account', async () => {
    const gone = await program.person('gone');
    await change({ displayName: 'Vanishing', timeZone: 'Asia/Tehran' }, gone);
    await program.call('DELETE', '/v1/me', { token: gone.token, json: {} });
    expect(await see(`/v1/users/${gone.id}`)).toMatchObject({ displayName: 'Deleted account', timeZone: null });
    expect(await found('vanishing')).toEqual([]);
  });
});

describe('a time zone', () => {
  test('is shown to everybody, and told with a new name to those who share a conversation', async () => {
    const client = await listening({ port: Number(new URL(program.url).port) }, ben.token);
    await program.call('POST', '/v1/chats', { token: ann.token, json: { userId: ben.id } });
    await client.next('conversation');
    await change({ timeZone: 'Europe/London' });
    expect((await client.next('user')).user).toMatchObject({ id: ann.id, timeZone: 'Europe/London' });
    await change({ displayName: 'Bosun' });
    expect((await client.next('user')).user).toMatchObject({ id: ann.id, displayName: 'Bosun' });
    expect(await see(`/v1/users/${ann.id}`)).toMatchObject({ timeZone: 'Europe/London' });
    expect((await change({ timeZone: null })).json.timeZone).toBeNull();
    client.close();
  });

  test.each(['Mars/Base', '+02:00', '', 'x'.repeat(61)])('is one that there is: not %j', async (timeZone) => {
    const { status, json } = await change({ timeZone });
    expect([status, json.errors[0].field]).toEqual([400, 'timeZone']);
  });
});
