// Limits as clients meet them: who is refused, in which words, and who is not.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { registerUser } from '../../src/commands/registerUser.ts';
import { signIn } from '../../src/commands/signIn.ts';
import { users } from '../../src/domain/user.ts';
import { limitNames, settingOf, table } from '../../src/limits/table.ts';
import { type Call, type Program, type Reply, startProgram } from '../support/program.ts';

const PASSWORD = 'correct horse';
const NOBODY = '00000000-0000-4000-8000-000000000009';
const LIMITS = {
  LIMIT_STRANGERS: '12/3600',
  LIMIT_REGISTRATIONS: '2/3600',
  LIMIT_SIGN_INS: '10/3600',
  LIMIT_WRONG_PASSWORDS: '6/3600',
  LIMIT_GUESSES: '3/3600',
  LIMIT_GUESSES_ELSEWHERE: '5/3600',
  LIMIT_REFRESHES: '2/3600',
  LIMIT_READS: '4/3600',
  LIMIT_AUDITS: '2/3600',
  LIMIT_COMMANDS: '4/3600',
  LIMIT_SENDS: '3/3600',
  LIMIT_ERASURES: '2/3600',
  LIMIT_UPLOADS: '2/3600',
  LIMIT_KEYS: '2/3600',
};

let program: Program;
beforeAll(async () => {
  program = await startProgram({ settings: { LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1', ...LIMITS } });
});
afterAll(() => program.close());

let hosts = 0;
/** The requests of a client at an address of its own. */
const somewhere = (address = `192.0.2.${++hosts}`) => ({
  address,
  call: (method: string, path: string, { headers, ...given }: Call = {}): Promise<Reply> =>
    program.call(method, path, { ...given, headers: { 'X-Forwarded-For': address, ...headers } }),
});
type Place = ReturnType<typeof somewhere>;

const inHere = { actorId: null, address: null, correlationId: 'test' };
/** Somebody with an account, without a request. */
const person = async (username: string) => {
  const { core } = program.services;
  const { userId } = await registerUser(core, inHere, { username, email: `${username}@x.io`, password: PASSWORD });
  const credentials = { name: username, password: PASSWORD, by: ['username'] } as const;
  const { accessToken, refreshToken, position } = await signIn(core, inHere, credentials);
  await program.services.progress.reached(position);
  return { userId, username, token: accessToken, refreshToken };
};

const enter = ({ call }: Place, login: string, password = PASSWORD) =>
  call('POST', '/v1/sessions', { json: { login, password } });
const statuses = async (count: number, ask: (i: number) => Promise<Reply>): Promise<readonly number[]> => {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await ask(i)).status);
  return found;
};

const isThrottled = (reply: Reply, name: string): void => {
  expect(reply.status, reply.text).toBe(429);
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(reply.headers.get('ratelimit-policy')).toMatch(new RegExp(`^"${name}";q=\\d+;w=3600$`));
  expect(reply.headers.get('ratelimit')).toBe(`"${name}";r=0;t=${reply.headers.get('retry-after')}`);
};

describe('wrong passwords', () => {
  test('for one account from one address are refused after a few, and the right one from there too', async () => {
    await person('dora');
    const here = somewhere();
    expect(await statuses(3, () => enter(here, 'dora', 'wrong'))).toEqual([401, 401, 401]);
    const refused = await enter(here, 'dora@x.io');
    isThrottled(refused, 'guesses');
    expect(refused.json).toMatchObject({ code: 'too-many-requests', status: 429 });
    expect((await enter(somewhere(), 'dora')).status).toBe(201);
  });

  test('sent at once count at once', async () => {
    await person('erik');
    const here = somewhere();
    const replies = await Promise.all(Array.from({ length: 9 }, () => enter(here, 'erik', 'wrong')));
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(3);
  });

  test('at the log-in that two foreign APIs share are one guess each', async () => {
    await person('eda');
    const here = somewhere();
    const json = { email: 'eda@x.io', password: ' wrong ' };
    const logIn = () => here.call('POST', '/api/login/', { json });
    expect(await statuses(3, logIn)).toEqual([401, 401, 401]);
    isThrottled(await logIn(), 'guesses');
  });

  test('for a name that nobody has are refused alike, in every spelling', async () => {
    const here = somewhere();
    const spellings = ['nobody', ' NOBODY', 'nobody '];
    expect(await statuses(3, (i) => enter(here, spellings[i]!, 'wrong'))).toEqual([401, 401, 401]);
    isThrottled(await enter(here, 'nobody', 'wrong'), 'guesses');
  });

  test('for many accounts from one address are refused', async () => {
    const here = somewhere();
    expect(new Set(await statuses(6, (i) => enter(here, `spray${i}`, 'wrong')))).toEqual(new Set([401]));
    isThrottled(await enter(here, 'spray9', 'wrong'), 'wrong-passwords');
  });

  test('from many addresses lock nobody out where the account was used before', async () => {
    const { token } = await person('fay');
    const [home, phone] = [somewhere(), somewhere()];
    expect((await enter(home, 'fay')).status).toBe(201);
    expect((await phone.call('GET', '/v1/me', { token })).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await enter(somewhere(), 'fay', 'wrong')).status).toBe(401);
    isThrottled(await enter(somewhere(), 'fay', 'wrong'), 'guesses-elsewhere');
    isThrottled(await enter(somewhere(), 'fay'), 'guesses-elsewhere');
    expect((await enter(home, 'fay', 'wrong')).status).toBe(401);
    expect((await enter(home, 'fay')).status).toBe(201);
    expect((await enter(phone, 'fay')).status).toBe(201);
  });

  test('are counted where the password is changed, too', async () => {
    const { token } = await person('gus');
    const here = somewhere();
    const change = (current: string) =>
      here.call('PUT', '/v1/me/password', { token, json: { current, password: 'battery staple' } });
    expect(await statuses(3, () => change('wrong'))).toEqual([422, 422, 422]);
    isThrottled(await change(PASSWORD), 'guesses');
  });

  test('while the right one is free: signing in does not use the guesses up', async () => {
    await person('hal');
    const here = somewhere();
    const first = await enter(here, 'hal');
    expect(first.headers.get('ratelimit-policy')).toMatch(/^"sign-ins"/);
    expect(new Set(await statuses(8, () => enter(here, 'hal')))).toEqual(new Set([201]));
  });
});

test('every refusal is slowed down for whoever has had too many of them, in every API', async () => {
  const slowDown = vi.spyOn(program.services.core.limits, 'slowDown').mockResolvedValue();
  const here = somewhere();
  await person('ugo');
  for (let i = 0; i < 3; i++) await enter(here, 'ugo', 'wrong');
  expect(slowDown).not.toHaveBeenCalled();
  isThrottled(await enter(here, 'ugo'), 'guesses');
  const json = { username: 'ugo', password: PASSWORD };
  isThrottled(await here.call('POST', '/silicornya/auth/login/', { json }), 'guesses');
  expect(slowDown.mock.calls.map(([client]) => client)).toEqual([
    { address: here.address, actorId: null },
    { address: here.address, actorId: null },
  ]);
  slowDown.mockRestore();
});

describe('every foreign API counts with the native one, and says so in its own words', () => {
  const signIns: Readonly<Record<string, (name: string, password: string) => readonly [path: string, json: object]>> = {
    solari: (name, password) => ['/solari/api/login/', { email: `${name}@x.io`, password }],
    'django-chat': (name, password) => ['/django-chat/api/token/', { email: `${name}@x.io`, password }],
    thanchat: (username, password) => ['/thanchat/userauth/token/login', { username, password }],
    silicornya: (username, password) => ['/silicornya/auth/login/', { username, password }],
  };

  test.each(Object.entries(signIns))('%s', async (api, sent) => {
    const name = `guest-${api}`;
    await person(name);
    const here = somewhere();
    const ask = (password: string) => {
      const [path, json] = sent(name, password);
      return here.call('POST', path, { json });
    };
    for (let i = 0; i < 3; i++) expect((await ask('wrong')).status).toBeLessThan(429);
    const refused = await ask(PASSWORD);
    isThrottled(refused, 'guesses');
    const seconds = refused.headers.get('retry-after');
    expect(refused.text).toContain(`Request was throttled. Expected available in ${seconds} seconds.`);
    isThrottled(await enter(here, name), 'guesses');
  });

  test('nargil, whose tokens come from elsewhere', async () => {
    const { token } = await person('nell');
    const { call } = somewhere();
    const ask = () => call('GET', '/nargil/cht/api/groups/', { token });
    expect(await statuses(4, ask)).toEqual([200, 200, 200, 200]);
    const refused = await ask();
    isThrottled(refused, 'reads');
    expect(refused.text).toContain('Request was throttled.');
    isThrottled(await call('GET', '/v1/me', { token }), 'reads');
  });

  test('a password in a header', async () => {
    await person('bob');
    const here = somewhere();
    const ask = (password: string) => {
      const Authorization = `Basic ${Buffer.from(`bob:${password}`).toString('base64')}`;
      return here.call('GET', '/thanchat/userauth/users/me/', { headers: { Authorization } });
    };
    expect(await statuses(3, () => ask('wrong'))).toEqual([401, 401, 401]);
    isThrottled(await ask(PASSWORD), 'guesses');
  });
});

describe('an address', () => {
  test('may register so many accounts, over all APIs, and asking for taken names counts', async () => {
    const { call } = somewhere();
    const native = (username: string) => call('POST', '/v1/users', { json: { username, password: PASSWORD } });
    expect((await native('ida')).status).toBe(201);
    const form = { username: 'ida', email: 'ida2@x.io', password1: 'quite a secret', password2: 'quite a secret' };
    expect((await call('POST', '/silicornya/registration/', { json: form })).status).toBe(400);
    isThrottled(await native('ivy'), 'registrations');
    isThrottled(await call('POST', '/silicornya/registration/', { json: form }), 'registrations');
  });

  test.each<[string, string, (own: number, name: string) => readonly [string, string, object]]>([
    ['natively', 'sue', (_, email) => ['PATCH', '/v1/me', { email }]],
    ['by Django-Chat-Server', 'tom', (own, email) => ['PATCH', `/django-chat/api/${own}/update/`, { email }]],
    ['by ThanChat', 'tia', (_, email) => ['PATCH', '/thanchat/userauth/users/me/', { email }]],
    ['by ThanChat, by number', 'tim', (own, email) => ['PATCH', `/thanchat/userauth/users/${own}/`, { email }]],
    ['by Silicornya', 'ted', (_, name) => ['PATCH', '/silicornya/auth/user/', { username: name.split('@')[0] }]],
  ])('may ask so often, as an account, whether a name is taken: %s', async (_, username, change) => {
    await person(`${username}taken`);
    const { userId, token } = await person(username);
    const { number } = await program.services.core.ledger.load(users, userId);
    const { call } = somewhere();
    const ask = (name: string) => {
      const [method, path, json] = change(number, `${username}${name}@x.io`);
      return call(method, path, { token, json });
    };
    expect([(await ask('taken')).status, (await ask('new')).status]).toEqual([expect.any(Number), 200]);
    const refused = await ask('taken');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('ratelimit-policy')).toBe('"registrations";q=2;w=3600');
    isThrottled(
      await call('POST', '/v1/users', { json: { username: `${username}3`, password: PASSWORD } }),
      'registrations',
    );
  });

  test('may sign in so often', async () => {
    await person('jon');
    const here = somewhere();
    for (let i = 0; i < 10; i++) expect((await enter(here, 'jon')).status).toBe(201);
    isThrottled(await enter(here, 'jon'), 'sign-ins');
  });

  test('may refresh so often', async () => {
    const { call } = somewhere();
    let { refreshToken } = await person('kim');
    for (let i = 0; i < 2; i++) {
      const reply = await call('POST', '/v1/sessions/refresh', { json: { refreshToken } });
      expect(reply.status).toBe(200);
      refreshToken = reply.json.refreshToken;
    }
    isThrottled(await call('POST', '/v1/sessions/refresh', { json: { refreshToken } }), 'refreshes');
    const elsewhere = await somewhere().call('POST', '/v1/sessions/refresh', { json: { refreshToken } });
    expect(elsewhere.status).toBe(200);
  });

  test('may ask so much without a sign-in, whatever it asks; with one it is another account’s count', async () => {
    const { token } = await person('lea');
    const { call } = somewhere();
    const asks = ['/v1/openapi.json', '/v1/me', '/metrics', '/docs', '/nowhere', '/solari/api/chats/'];
    for (let i = 0; i < 12; i++) expect((await call('GET', asks[i % asks.length]!)).status).not.toBe(429);
    for (const path of asks) isThrottled(await call('GET', path, { token: 'not a token' }), 'strangers');
    expect((await somewhere().call('GET', '/v1/openapi.json')).status).toBe(200);
    const { call: again } = somewhere();
    for (let i = 0; i < 30; i++) await again('GET', '/v1/me', { token });
    expect((await again('GET', '/docs')).status).toBe(200);
  });

  test('is not what a client says, without a trusted proxy before it', async () => {
    const here = somewhere('198.51.100.1, 192.0.2.250');
    expect(await statuses(3, () => enter(here, 'mia', 'wrong'))).toEqual([401, 401, 401]);
    isThrottled(await enter(somewhere('192.0.2.250'), 'mia'), 'guesses');
    expect((await enter(somewhere('198.51.100.1'), 'mia')).status).toBe(401);
  });
});

describe('an account', () => {
  test('may send so much, over all APIs and sockets; a refused send is not recorded', async () => {
    const { token } = await person('nat');
    const { call } = somewhere();
    const { id, number } = (await call('POST', '/v1/groups', { token, json: { name: 'N', public: true } })).json;
    const path = `/v1/conversations/${id}/messages`;
    expect((await call('POST', path, { token, json: { text: 'one' } })).status).toBe(201);
    const solari = { token, json: { content: 'two' } };
    expect((await call('POST', `/solari/api/solarigroup/${number}/messages/`, solari)).status).toBe(201);
    expect((await call('POST', path, { token, json: { text: 'three' } })).status).toBe(201);
    const other = somewhere();
    isThrottled(await other.call('POST', path, { token, json: { text: 'four' } }), 'sends');
    expect((await call('POST', `/solari/api/solarigroup/${number}/messages/`, solari)).status).toBe(429);
    const { items } = (await call('GET', path, { token })).json;
    expect(items.map(({ text }: { text: string }) => text)).toEqual(['one', 'two', 'three']);
  });

  test('may erase so many messages and files', async () => {
    const { token } = await person('eli');
    const { call } = somewhere();
    const { id } = (await call('POST', '/v1/groups', { token, json: { name: 'E' } })).json;
    const erase = async (): Promise<Reply> => {
      const sent = await call('POST', `/v1/conversations/${id}/messages`, { token, json: { text: 'so' } });
      return call('PUT', `/v1/conversations/${id}/messages/${sent.json.id}/erasure`, { token });
    };
    expect((await erase()).status).toBe(202);
    const fileId = (await call('POST', '/v1/files?name=a.txt', { token, body: 'hello' })).json.id;
    expect((await call('PUT', `/v1/files/${fileId}/erasure`, { token })).status).toBe(202);
    isThrottled(await erase(), 'erasures');
  });

  test('may store so many files; a refused one is not read', async () => {
    const { token } = await person('oda');
    const { call } = somewhere();
    const store = () => call('POST', '/v1/files?name=a.txt', { token, body: 'hello' });
    expect(await statuses(2, store)).toEqual([201, 201]);
    isThrottled(await store(), 'uploads');
  });

  test('adds so many members, one by one or with a new group', async () => {
    const { token } = await person('pam');
    const { call } = somewhere();
    const others: string[] = [];
    for (const name of ['pat', 'pol', 'pru', 'poe', 'pip']) others.push((await person(name)).userId);
    const make = (memberIds: readonly string[]) =>
      call('POST', '/v1/groups', { token, json: { name: 'Crowd', memberIds } });
    expect((await make(others.slice(0, 2))).status).toBe(201);
    isThrottled(await make(others.slice(0, 1)), 'commands');
    expect((await make([])).status).toBe(201);
    // More than the quota goes once it is whole.
    const { token: another } = await person('pim');
    expect(
      (await call('POST', '/v1/groups', { token: another, json: { name: 'All', memberIds: others } })).status,
    ).toBe(201);
  });

  test('may change so much, and under keys less', async () => {
    const { token } = await person('pia');
    const { call } = somewhere();
    const change = (i: number, headers = {}) =>
      call('POST', '/v1/rooms', { token, headers, json: { name: `Room ${i}` } });
    const keyed = (i: number) => change(i, { 'Idempotency-Key': `key-${i}` });
    expect(await statuses(2, keyed)).toEqual([201, 201]);
    isThrottled(await keyed(0), 'keys');
    expect(await statuses(2, change)).toEqual([201, 201]);
    isThrottled(await change(9), 'commands');
  });

  test.each<[string, number, string, string, unknown]>([
    ['what cannot be read', 400, 'POST', '/v1/groups', '{"name":'],
    ['what is no group', 400, 'POST', '/v1/groups', {}],
    ['what it may not do', 403, 'POST', '/v1/invitations', {}],
    ['a command that is refused', 404, 'POST', `/v1/conversations/${NOBODY}/join`, {}],
    ['a status', 204, 'PUT', '/v1/me/status', { text: 'here' }],
    ['that its status is taken back', 204, 'DELETE', '/v1/me/status', undefined],
    ['for a ticket', 201, 'POST', '/v1/sessions/current/ticket', {}],
    ['what is no group of another API', 400, 'POST', '/django-chat/api/groups/create/', {}],
    ['for nobody of another API', 404, 'POST', '/solari/api/chats/start/', { user: 987_654 }],
  ])('may send %s as often as a command', async (name, status, method, path, json) => {
    const { token } = await person(`uma${name.replaceAll(/\W/g, '')}${status}`);
    const { call } = somewhere();
    const ask = () =>
      call(
        method,
        path,
        typeof json === 'string'
          ? { token, body: json, headers: { 'Content-Type': 'application/json' } }
          : { token, json },
      );
    expect(await statuses(4, ask)).toEqual([status, status, status, status]);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('ratelimit-policy')).toBe('"commands";q=4;w=3600');
  });

  test('asks in vain as often as it likes where reading has no limit', async () => {
    const settings = { LIMITS: 'on', LIMIT_READS: 'off', LIMIT_COMMANDS: '1/3600' };
    const free = await startProgram({ settings });
    const { token } = await free.person('vera');
    const ask = () => free.call('GET', `/v1/conversations/${NOBODY}`, { token });
    expect(await statuses(3, ask)).toEqual([404, 404, 404]);
    await free.close();
  });

  test('of an auditor may read the log so often', async () => {
    const { token, userId } = await person('quinn');
    await program.grant(userId, 'auditor');
    const { call } = somewhere();
    const read = () => call('GET', '/v1/audit/events?limit=1', { token });
    expect(await statuses(2, read)).toEqual([200, 200]);
    isThrottled(await read(), 'audits');
  });

  test('sees its limits and what is left of them, and each answer tells of the nearest', async () => {
    const { token } = await person('rob');
    const { call } = somewhere();
    const reply = await call('GET', '/v1/limits', { token });
    expect(reply.headers.get('ratelimit-policy')).toBe('"reads";q=4;w=3600');
    expect(reply.headers.get('ratelimit')).toBe('"reads";r=3;t=900');
    const own = limitNames.filter((name) => ['address', 'account'].includes(table[name].by));
    expect(reply.json.items.map(({ name }: { name: string }) => name)).toEqual(own);
    expect(reply.json.items).toContainEqual({
      name: 'reads',
      by: 'account',
      quota: 4,
      window: 3600,
      left: 3,
      resets: 900,
    });
    expect(reply.json.items).toContainEqual(
      expect.objectContaining({ name: 'strangers', by: 'address', quota: 12, left: 12 }),
    );
    expect((await call('GET', '/v1/openapi.json')).headers.get('ratelimit')).toMatch(/^"strangers";r=11;t=\d+$/);
  });
});

test('every limit is a setting', () => {
  expect(Object.keys(program.services.config).filter((name) => name.startsWith('LIMIT_'))).toEqual(
    limitNames.map(settingOf),
  );
});
