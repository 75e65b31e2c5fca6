// People of an outside sign-on, seen over HTTP.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reinstateUser } from '../../../src/commands/reinstateUser.ts';
import { suspendUser } from '../../../src/commands/suspendUser.ts';
import { type Program, startProgram } from '../../support/program.ts';
import { type Claims, OMID_ID, omid, SECRET, sara, tokenOf } from './outside.ts';

let program: Program;
let clock = Date.parse('2026-01-05T12:00:00Z');
const seconds = () => Math.floor(clock / 1000);
beforeAll(async () => {
  program = await startProgram({
    settings: { NARGIL_JWT_SECRET: SECRET, CORS_ORIGINS: 'https://app.example,*' },
    now: () => new Date(clock),
  });
});
afterAll(() => program.close());

const get = (path: string, headers: Record<string, string>, at = program) => at.call('GET', path, { headers });
const profileOf = async (token: string) => (await get('/cht/api/user/profile/', { Authorization: token })).json?.data;
const INVALID = 'Invalid token.';

describe('a token of the outside sign-on', () => {
  test('makes the account at first sight, whatever is asked first', async () => {
    const profile = await profileOf(await tokenOf(omid));
    expect(profile).toEqual({
      id: expect.not.stringMatching(OMID_ID),
      user: OMID_ID,
      first_name: 'firstname',
      last_name: 'lastname',
      avatar: '/cht/media/https%3A/demo.nargil.co/usr/base-user/file/3079f569e7cd4171a1de5ebc47fa52ec/',
      is_superuser: true,
    });
  });

  test('is told of as new once, when the data is saved', async () => {
    const token = await tokenOf(sara);
    await profileOf(token);
    const save = async () => (await get('/cht/save-user-data/', { Authorization: token })).json.message;
    expect(await save()).toBe('User data created successfully.');
    expect(await save()).toBe('User data updated successfully.');
  });

  test.each([
    ['as it is', (token: string): Record<string, string> => ({ Authorization: token })],
    ['after Token', (token: string): Record<string, string> => ({ Authorization: `Token ${token}` })],
    ['after Bearer', (token: string): Record<string, string> => ({ Authorization: `bearer ${token}` })],
    ['as a cookie', (token: string): Record<string, string> => ({ Cookie: `x=1; token=${token}` })],
    ['as a quoted cookie', (token: string): Record<string, string> => ({ Cookie: `token="${token}"` })],
    ['as an escaped cookie', (token: string): Record<string, string> => ({ Cookie: `token=Token%20${token}` })],
    ['as a cookie beside an empty header', (token: string) => ({ Cookie: `token=${token}`, Authorization: '' })],
    ['as a cookie of a named page', (token: string) => ({ Cookie: `token=${token}`, Origin: 'https://app.example' })],
  ])('is sent %s', async (_, headersFor) => {
    const { status } = await get('/cht/api/user/profile/', headersFor(await tokenOf(sara)));
    expect(status).toBe(200);
  });

  test('as a cookie is not heeded from a page that nobody named, though all may read', async () => {
    const headers = { Cookie: `token=${await tokenOf(sara)}`, Origin: 'https://evil.example' };
    const reply = await get('/cht/api/user/profile/', headers);
    expect([reply.status, reply.headers.get('access-control-allow-credentials')]).toEqual([401, null]);
    const named = await get('/cht/api/user/profile/', { ...headers, Origin: 'https://app.example' });
    expect([named.status, named.headers.get('access-control-allow-credentials')]).toEqual([200, 'true']);
  });

  test('changes the account when it says something new, and what it leaves out stays', async () => {
    const uuid = '00000000-0000-4000-8000-00000000000a';
    await profileOf(await tokenOf({ uuid, first_name_fa: 'A', last_name_fa: 'B', is_superuser: true }));
    const now = await profileOf(await tokenOf({ uuid, first_name_fa: 'C' }));
    expect(now).toMatchObject({ first_name: 'C', last_name: 'B', is_superuser: false });
  });

  test('said again records nothing', async () => {
    const token = await tokenOf(sara);
    await profileOf(token);
    const before = await program.services.events.head();
    for (let i = 0; i < 3; i++) await profileOf(token);
    expect(await program.services.events.head()).toBe(before);
  });

  test.each<[string, () => Promise<string>]>([
    ['of another secret', () => tokenOf(sara, 'another secret of somebody else, long enough')],
    ['that is over', () => tokenOf({ ...sara, exp: seconds() - 1 })],
    ['without a uuid', () => tokenOf({ first_name_fa: 'x' } as unknown as Claims)],
    ['with something else for a uuid', () => tokenOf({ uuid: 'nobody' })],
  ])('%s is refused', async (_, make) => {
    const reply = await get('/cht/api/user/profile/', { Authorization: await make() });
    expect([reply.status, reply.json.error]).toEqual([401, INVALID]);
  });

  test('ends when it says, though it was good before', async () => {
    const token = await tokenOf({ ...sara, exp: seconds() + 60 });
    expect((await get('/cht/api/user/profile/', { Authorization: token })).status).toBe(200);
    clock += 61_000;
    expect((await get('/cht/api/user/profile/', { Authorization: token })).status).toBe(401);
  });

  test('is refused while the account is suspended, in every API and as a ticket', async () => {
    const token = await tokenOf(sara);
    const { core, authenticator } = program.services;
    const { ticket } = (await program.call('POST', '/v1/sessions/current/ticket', { token })).json;
    const origin = { actorId: null, correlationId: 'test' };
    await suspendUser(core, origin, { userId: sara.uuid });
    const reply = await get('/cht/api/user/profile/', { Authorization: token });
    expect([reply.status, reply.json.error]).toEqual([401, 'User inactive or deleted.']);
    expect((await program.call('GET', '/v1/me', { token })).status).toBe(401);
    expect(await authenticator.byTicket(ticket)).toBeUndefined();
    // Another token of the same person does not help.
    const another = await tokenOf({ ...sara, first_name_fa: 'Z' });
    expect((await get('/cht/api/user/profile/', { Authorization: another })).status).toBe(401);
    await reinstateUser(core, origin, { userId: sara.uuid });
    expect((await profileOf(token)).first_name).toBe(sara.first_name_fa);
  });

  test('takes over no account that does not come from there', async () => {
    const ann = await program.person('ann');
    const reply = await get('/cht/api/user/profile/', {
      Authorization: await tokenOf({ uuid: ann.id, first_name_fa: 'Mallory' }),
    });
    expect([reply.status, reply.json.error]).toEqual([401, 'User inactive or deleted.']);
    expect((await profileOf(ann.token)).first_name).toBe('ann');
  });

  test('signs in to every API, and whom it calls a superuser has no right by that', async () => {
    const token = await tokenOf(omid);
    const me = await program.call('GET', '/v1/me', { token });
    expect([me.status, me.json.id, me.json.roles]).toEqual([200, OMID_ID, []]);
    expect((await program.call('GET', '/v1/audit/events', { token })).status).toBe(403);
  });

  test('of a superuser shows all profiles', async () => {
    const all = await get('/cht/api/user/profile/?get-all=0', { Authorization: await tokenOf(omid) });
    expect(all.json.message).toBe('All User Profiles Retrieved');
    const own = await get('/cht/api/user/profile/?get-all=true', { Authorization: await tokenOf(sara) });
    expect(own.json.message).toBe('User Profile Found');
  });

  test('two people of the document: one makes a group, adds the other, removes them', async () => {
    const [admin, other] = [await tokenOf(sara), await tokenOf(omid)];
    await profileOf(other);
    const post = (path: string, json: object) =>
      program.call('POST', path, { headers: { Authorization: admin }, json });
    await post('/cht/api/groups/create/', { group_name: 'arash', slug: 'arash', type: 'public' });
    const added = await post('/cht/api/group_chat/Arash/', { add_member: true, uuid: omid.uuid });
    expect(added.json).toEqual({
      message: 'کاربر با نام firstname lastname به گروه arash اضافه شد.',
      user: {
        id: OMID_ID,
        nationalcode: '2240175931',
        first_name_fa: 'firstname',
        last_name_fa: 'lastname',
        usr_avatar: omid.usr_avatar,
      },
    });
    const removed = await post('/cht/api/group_chat/arash/', { remove_member: true, uuid: omid.uuid });
    expect(removed.json).toEqual({ message: 'کاربر با کد ملی 2240175931 از گروه arash حذف شد.' });
  });
});

test('without a setting no token from outside is good', async () => {
  const closed = await startProgram();
  const reply = await get('/cht/api/user/profile/', { Authorization: await tokenOf(sara) }, closed);
  await closed.close();
  expect([reply.status, reply.json.error]).toEqual([401, INVALID]);
});

describe('with published keys', () => {
  test('a token is good, and while the keys are away the answer is to come back', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const answer = { status: 500 };
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
    const server = createServer((_, res) => res.writeHead(answer.status).end(JSON.stringify(keys)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const NARGIL_JWKS_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const keyed = await startProgram({ settings: { NARGIL_JWKS_URL } });
    const token = await new SignJWT({ ...sara }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
    const away = await get('/nargil/cht/api/user/profile/', { Authorization: token }, keyed);
    expect([away.status, away.headers.get('retry-after'), away.json.status.code]).toEqual([503, '1', 503]);
    answer.status = 200;
    const good = await get('/nargil/cht/api/user/profile/', { Authorization: token }, keyed);
    expect([good.status, good.json.data.first_name]).toEqual([200, 'سارا']);
    await keyed.close();
    server.closeAllConnections();
    server.close();
  });
});
