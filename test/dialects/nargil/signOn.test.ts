// People of an outside sign-on, seen over HTTP.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../../src/app.ts';
import { changePassword } from '../../../src/commands/changePassword.ts';
import { endOtherSessions } from '../../../src/commands/endOtherSessions.ts';
import { endSessionsOf } from '../../../src/commands/endSessionsOf.ts';
import { reinstateUser } from '../../../src/commands/reinstateUser.ts';
import { signInWithKey } from '../../../src/commands/signInWithKey.ts';
import { suspendUser } from '../../../src/commands/suspendUser.ts';
import { users } from '../../../src/domain/user.ts';
import { meta } from '../../support/core.ts';
import { type Program, startProgram } from '../../support/program.ts';
import { connect } from '../../support/sockets.ts';
import { type Claims, EXP, OMID_ID, omid, SECRET, sara, tokenOf } from './outside.ts';

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
/** What a browser says of a page of this server. */
const SITE = { 'Sec-Fetch-Site': 'same-origin' };

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
    ['as a cookie', (token: string): Record<string, string> => ({ Cookie: `x=1; token=${token}`, ...SITE })],
    ['as a quoted cookie', (token: string): Record<string, string> => ({ Cookie: `token="${token}"`, ...SITE })],
    [
      'as an escaped cookie',
      (token: string): Record<string, string> => ({ Cookie: `token=Token%20${token}`, ...SITE }),
    ],
    [
      'as a cookie beside an empty header',
      (token: string) => ({ Cookie: `token=${token}`, Authorization: '', ...SITE }),
    ],
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

  test('as a cookie counts for no page but those of the site, nor where nobody says which page it is', async () => {
    const Cookie = `token=${await tokenOf(sara)}`;
    const others = [
      {},
      ...['cross-site', 'same-site', 'none', ''].map((site) => ({ 'Sec-Fetch-Site': site })),
      ...['null', '', 'https://evil.example', `${program.url}.evil.example`, `${program.url}1`].map((Origin) => ({
        Origin,
      })),
      // What the page says of itself comes first.
      { Origin: 'https://evil.example', ...SITE },
    ];
    for (const headers of others) {
      const { status } = await get('/cht/api/user/profile/', { Cookie, ...headers });
      expect(status, JSON.stringify(headers)).toBe(401);
    }
    expect((await get('/cht/api/user/profile/', { Cookie, Origin: program.url })).status).toBe(200);
  });

  test('changes the account when it says something new, and what it leaves out stays', async () => {
    const uuid = '00000000-0000-4000-8000-00000000000a';
    await profileOf(await tokenOf({ uuid, first_name_fa: 'A', last_name_fa: 'B', is_superuser: true }));
    const now = await profileOf(await tokenOf({ uuid, first_name_fa: 'C' }));
    expect(now).toMatchObject({ first_name: 'C', last_name: 'B', is_superuser: false });
  });

  test('that is older than the one that the account follows changes nothing, whichever is seen first', async () => {
    const uuid = '00000000-0000-4000-8000-0000000000a1';
    const seen = async (iat: number, name: string) =>
      (await profileOf(await tokenOf({ uuid, first_name_fa: name, iat }))).first_name;
    expect(await seen(seconds() - 20, 'B')).toBe('B');
    expect(await seen(seconds() - 30, 'A')).toBe('B');
    expect(await seen(seconds() - 10, 'C')).toBe('C');
    expect(await seen(seconds() - 15, 'B')).toBe('C');
  });

  test('says a number with all its digits, and no name that nobody sees', async () => {
    const uuid = '00000000-0000-4000-8000-00000000000c';
    const text = `{"uuid":"${uuid}","exp":${EXP},"nationalcode":12345678901234567890,"first_name_fa":1.0,"last_name_fa":"\u3164"}`;
    const head = Buffer.from('{"alg":"HS256"}').toString('base64url');
    const signed = `${head}.${Buffer.from(text).toString('base64url')}`;
    const token = `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
    expect(await profileOf(token)).toMatchObject({ first_name: '1.0', last_name: '' });
    expect((await program.services.core.ledger.load(users, uuid)).profile.nationalCode).toBe('12345678901234567890');
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
    ['that is over', () => tokenOf({ ...sara, exp: seconds() - 60 })],
    ['without a uuid', () => tokenOf({ first_name_fa: 'x' } as unknown as Claims)],
    ['with something else for a uuid', () => tokenOf({ uuid: 'nobody' })],
  ])('%s is refused', async (_, make) => {
    const reply = await get('/cht/api/user/profile/', { Authorization: await make() });
    expect([reply.status, reply.json.error]).toEqual([401, INVALID]);
  });

  test('ends when it says, though it was good before', async () => {
    const token = await tokenOf({ ...sara, exp: seconds() + 60 });
    expect((await get('/cht/api/user/profile/', { Authorization: token })).status).toBe(200);
    clock += 121_000;
    expect((await get('/cht/api/user/profile/', { Authorization: token })).status).toBe(401);
  });

  test('shows no picture that a browser could run, and signs in all the same', async () => {
    const uuid = '00000000-0000-4000-8000-00000000000b';
    const profile = await profileOf(await tokenOf({ uuid, first_name_fa: 'A', usr_avatar: 'javascript:alert(1)' }));
    expect(profile).toMatchObject({ first_name: 'A', avatar: null });
  });

  test('is refused while the account is suspended, in every API and as a ticket', async () => {
    const who = { uuid: '00000000-0000-4000-8000-00000000000c', first_name_fa: 'A' };
    const token = await tokenOf(who);
    await profileOf(token);
    const { core, authenticator } = program.services;
    const { ticket } = (await program.call('POST', '/v1/sessions/current/ticket', { token })).json;
    const origin = { actorId: null, address: null, correlationId: 'test' };
    await suspendUser(core, origin, { userId: who.uuid });
    const reply = await get('/cht/api/user/profile/', { Authorization: token });
    expect([reply.status, reply.json.error]).toEqual([401, 'User inactive or deleted.']);
    expect((await program.call('GET', '/v1/me', { token })).status).toBe(401);
    expect(await authenticator.byTicket(ticket)).toBeUndefined();
    // Another token of the same person does not help.
    const another = await tokenOf({ ...who, first_name_fa: 'Z' });
    expect((await get('/cht/api/user/profile/', { Authorization: another })).status).toBe(401);
    await reinstateUser(core, origin, { userId: who.uuid });
    // Like a session, it is over for good.
    expect((await program.call('GET', '/v1/me', { token })).status).toBe(401);
    clock += 1000;
    expect((await profileOf(await tokenOf({ ...who, iat: seconds() }))).first_name).toBe('A');
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
        nationalcode: '',
        first_name_fa: 'firstname',
        last_name_fa: 'lastname',
        usr_avatar: omid.usr_avatar,
      },
    });
    const removed = await post('/cht/api/group_chat/arash/', { remove_member: true, uuid: omid.uuid });
    expect(removed.json).toEqual({ message: 'کاربر با نام firstname lastname از گروه arash حذف شد.' });
  });
});

describe('after what ends all sign-ins', () => {
  const person = (last: string) => ({ uuid: `00000000-0000-4000-8000-0000000000${last}`, first_name_fa: 'A' });
  const statusOf = async (token: string) => (await get('/cht/api/user/profile/', { Authorization: token })).status;
  const statuses = (tokens: readonly string[]) => Promise.all(tokens.map(statusOf));
  /** Of one person: issued a minute ago, now, and without saying when. */
  const tokensOf = (who: Claims) =>
    Promise.all([{ iat: seconds() - 60 }, { iat: seconds() }, {}].map((iat) => tokenOf({ ...who, ...iat })));
  const open = async (token: string, userId: string) => {
    const { json } = await program.call('POST', '/v1/sessions/current/ticket', { token });
    const client = await connect(
      { port: Number(new URL(program.url).port) },
      { path: `/v1/socket?ticket=${json.ticket}` },
    );
    expect(await client.next('ready', {})).toMatchObject({ userId });
    return client;
  };

  test.each<[string, string, (token: string, uuid: string) => Promise<unknown>]>([
    ['a log-out', '1a', (token) => program.call('DELETE', '/v1/sessions/current', { token })],
    ['a log-out of another API', '1b', (token) => program.call('POST', '/userauth/token/logout/', { token })],
    [
      'a new password',
      '1c',
      (_, uuid) =>
        changePassword(
          program.services.core,
          { ...meta(uuid), signedInAt: program.services.core.now() },
          { password: 'battery staple', sessionId: null },
        ),
    ],
    [
      'a suspension',
      '2a',
      async (_, userId) => {
        await suspendUser(program.services.core, meta(), { userId });
        await reinstateUser(program.services.core, meta(), { userId });
      },
    ],
    ['an admin’s word', '2b', (_, userId) => endSessionsOf(program.services.core, meta(), { userId })],
    [
      'signing out everywhere else with the key',
      '2c',
      (_, userId) =>
        endOtherSessions(program.services.core, meta(userId), { sessionId: null, byKey: true, outsideAt: null }),
    ],
  ])('%s, the tokens so far and their sockets end, and the next token counts', async (_, last, end) => {
    const who = person(last);
    const tokens = await tokensOf(who);
    expect(await statuses(tokens)).toEqual([200, 200, 200]);
    const ticket = (await program.call('POST', '/v1/sessions/current/ticket', { token: tokens[0]! })).json.ticket;
    const sockets = await Promise.all(tokens.map((token) => open(token, who.uuid)));
    await end(tokens[0]!, who.uuid);
    expect(await Promise.all(sockets.map(async (socket) => (await socket.closed).code))).toEqual([4401, 4401, 4401]);
    expect(await statuses(tokens)).toEqual([401, 401, 401]);
    expect(await program.services.authenticator.byTicket(ticket)).toBeUndefined();
    const said = (await get('/cht/api/user/profile/', { Authorization: tokens[0]! })).json.error;
    expect(said).toBe('User inactive or deleted.');
    clock += 1000;
    expect(await statuses([await tokenOf({ ...who, iat: seconds() }), await tokenOf(who)])).toEqual([200, 401]);
  });

  test.each([
    ['the newest token', '2d', 1],
    ['an older token', '2e', 0],
    ['a token that does not say when it was issued', '2f', 2],
  ])('signing out everywhere else with %s ends the others, and it goes on with its socket', async (_, last, own) => {
    const who = person(last);
    const tokens = await tokensOf(who);
    const others = [0, 1, 2].filter((i) => i !== own);
    const sockets = await Promise.all(tokens.map((token) => open(token, who.uuid)));
    expect((await program.call('DELETE', '/v1/me/sessions', { token: tokens[own]! })).status).toBe(204);
    for (const i of others) expect(await sockets[i]!.closed).toMatchObject({ code: 4401 });
    sockets[own]!.send({ type: 'ping', key: 'k' });
    expect(await sockets[own]!.next('pong')).toMatchObject({ key: 'k' });
    expect(await statuses(tokens)).toEqual([0, 1, 2].map((i) => (i === own ? 200 : 401)));
    clock += 1000;
    expect(await statuses([await tokenOf({ ...who, iat: seconds() })])).toEqual([200]);
    expect((await program.call('DELETE', '/v1/sessions/current', { token: tokens[own]! })).status).toBe(204);
    expect(await statuses([tokens[own]!])).toEqual([401]);
  });

  test.each([
    [
      'a log-out',
      async (userId: string) => {
        const token = await tokenOf({ uuid: userId, iat: seconds() });
        await program.call('DELETE', '/v1/sessions/current', { token });
      },
    ],
    [
      'a new password',
      (userId: string) =>
        changePassword(
          program.services.core,
          { ...meta(userId), signedInAt: new Date(clock) },
          { password: 'battery staple', sessionId: null },
        ),
    ],
  ] as const)(
    'a token stamped ahead of our clock does not outlive %s, and one that is issued later counts',
    async (_, end) => {
      const uuid = crypto.randomUUID();
      const ahead = await tokenOf({ uuid, iat: seconds() + 30 });
      const socket = await connect({ port: Number(new URL(program.url).port) }, { token: ahead });
      await end(uuid);
      expect(await socket.closed).toMatchObject({ code: 4401 });
      expect(await statusOf(ahead)).toBe(401);
      clock += 1000;
      expect(await statusOf(await tokenOf({ uuid, iat: seconds() + 30 }))).toBe(200);
    },
  );

  test('an ended token changes nothing of the account', async () => {
    const who = person('1d');
    await profileOf(await tokenOf(who));
    await program.call('DELETE', '/v1/sessions/current', { token: await tokenOf({ ...who, iat: seconds() }) });
    await statusOf(await tokenOf({ ...who, first_name_fa: 'B' }));
    clock += 1000;
    expect(await profileOf(await tokenOf({ uuid: who.uuid, iat: seconds() }))).toMatchObject({ first_name: 'A' });
  });

  test('the key of the account goes on after a log-out of the sign-on', async () => {
    const who = person('1e');
    const token = await tokenOf({ ...who, iat: seconds() });
    await profileOf(token);
    const { core } = program.services;
    const { key } = await signInWithKey(core, meta(), await core.ledger.load(users, who.uuid));
    await program.call('DELETE', '/v1/sessions/current', { token });
    expect([await statusOf(token), await statusOf(key)]).toEqual([401, 200]);
  });
});

test('a secret of less than 32 bytes, which somebody could guess, is refused at start', () => {
  const read = (NARGIL_JWT_SECRET: string) => readSettings({ NARGIL_JWT_SECRET });
  expect(() => read('x'.repeat(31))).toThrow('NARGIL_JWT_SECRET: must have at least 32 bytes');
  expect(() => read('é'.repeat(16))).not.toThrow();
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
    const token = await new SignJWT({ ...sara, exp: 2_000_000_000 })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign(privateKey);
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
