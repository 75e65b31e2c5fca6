// The security log of a scripted session: each moment has its line, no line and no event has a secret or a text, and an
// auditor asks for the events.

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/cli.ts';
import { type Call, PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';

let program: Program;
let admin: Person;
let ann: Person;
let audit: string;
const lines: Record<string, unknown>[] = [];
/** What clients sent, and what they got, that nobody may find in the log. */
const secrets: string[] = [PASSWORD];

const call: Program['call'] = (...given) => program.call(...given);
const ask = (who: Person, method: string, path: string, json?: unknown) =>
  call(method, path, { token: who.token, ...(json === undefined ? {} : { json }) });

/** What the security log said meanwhile. */
const during = async (act: () => Promise<unknown>) => {
  const before = lines.length;
  await act();
  return lines.slice(before).filter((line) => 'security' in line);
};

beforeAll(async () => {
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const settings = {
    TRUSTED_PROXIES: '127.0.0.1',
    LIMITS: 'on',
    LIMIT_UPLOADS: '1/3600',
    LIMIT_STRANGERS: 'off',
    LIMIT_MAILS: 'off',
  };
  program = await startProgram({ log, settings });
  [admin, ann] = [await program.person('admin-canary'), await program.person('ann-canary')];
  await program.grant(admin.id, 'admin');
  audit = (await ask(admin, 'POST', '/v1/me/tokens', { name: 'token-canary', scopes: ['audit'] })).json.token;
  secrets.push('canary', admin.token, ann.token, ann.refreshToken, audit);
});
afterAll(() => program.close());

const signIn = (login: string, password: string, headers: Call['headers'] = {}) =>
  call('POST', '/v1/sessions', { json: { login, password }, headers });
const about = () => ({ address: '127.0.0.1' });

describe('the security log has a line of', () => {
  test('a wrong password, with the account if there is one', async () => {
    secrets.push('guess-canary');
    const refused = { security: 'refused', code: 'credentials-wrong', level: 40, ...about() };
    expect(await during(() => signIn('ann-canary', 'guess-canary', { 'X-Request-Id': 'mine' }))).toMatchObject([
      { ...refused, userId: ann.id, requestId: 'mine' },
    ]);
    const [line] = await during(() => signIn('nobody-canary', 'guess-canary'));
    expect(line).toMatchObject(refused);
    expect(line).not.toHaveProperty('userId');
  });

  test('a sign-in, a sign-out and an old refresh token', async () => {
    const reply = await signIn('ann-canary', PASSWORD);
    const { accessToken, refreshToken } = reply.json;
    secrets.push(accessToken, refreshToken);
    expect(lines).toContainEqual(expect.objectContaining({ security: 'session-opened', userId: ann.id }));
    expect(lines).toContainEqual(
      expect.objectContaining({ security: 'new-address', userId: ann.id, level: 30, ...about() }),
    );
    const out = await during(() => call('DELETE', '/v1/sessions/current', { token: accessToken }));
    expect(out).toMatchObject([{ security: 'session-closed', userId: ann.id, reason: 'logged-out' }]);
    const late = () => call('POST', '/v1/sessions/refresh', { json: { refreshToken } });
    expect(await during(late)).toMatchObject([{ security: 'refused', code: 'refresh-token-invalid' }]);
  });

  test('a credential that counts no more, in every API and at a socket, but none of a request without one', async () => {
    const headers = { Authorization: `Token ${'a1'.repeat(20)}` };
    secrets.push('a1'.repeat(20));
    const refused = { security: 'refused', code: 'signed-out', ...about() };
    expect(await during(() => call('GET', '/v1/me', { headers }))).toMatchObject([{ ...refused, route: 'GET /v1/me' }]);
    // The next line of this kind would come in ten seconds.
    expect(await during(() => call('GET', '/userauth/users/me/', { headers }))).toEqual([]);
    expect(await during(() => call('GET', '/v1/me'))).toEqual([]);
  });

  test.each<[string, string, Record<string, string>]>([
    ['a key', '/thanchat/userauth/users/me/', { Authorization: `Token ${'b2'.repeat(20)}` }],
    ['a token', '/solari/api/solarigroup/1/messages/', { Authorization: 'Bearer token-canary' }],
    [
      'a cookie of a foreign page',
      '/nargil/cht/api/user/profile/',
      { Origin: 'https://evil.example', Cookie: 'token=' },
    ],
  ])('%s in a foreign API', async (what, path, headers) => {
    const address = `192.0.2.${what.length}`;
    if (what.startsWith('a cookie')) headers.Cookie += ann.token;
    const found = await during(() => call('GET', path, { headers: { ...headers, 'X-Forwarded-For': address } }));
    expect(found).toMatchObject([{ security: 'refused', code: 'signed-out', address }]);
  });

  test.each<[string, string, string, unknown?]>([
    ['not-permitted', 'POST', '/v1/invitations', { uses: 1, days: 1 }],
    ['conversation-unknown', 'GET', '/v1/conversations/00000000-0000-4000-8000-000000000000'],
    ['file-unknown', 'GET', '/v1/files/00000000-0000-4000-8000-000000000000'],
    ['confirmation-wrong', 'PATCH', '/v1/me', { email: 'new@canary.example', current: 'guess-canary' }],
    ['link-invalid', 'POST', '/v1/email-verifications', { token: 'link-canary' }],
  ])('a refusal by right: %s', async (code, method, path, json) => {
    const found = await during(() => ask(ann, method, path, json));
    expect(found).toMatchObject([{ security: 'refused', code, ...about() }]);
  });

  test('a refusal in a foreign API: of a read, of the address of a file, and of a command', async () => {
    const { number } = (await ask(admin, 'POST', '/v1/groups', { name: 'group-canary', slug: 'canary' })).json;
    const eve = await program.person('eve-canary');
    const read = await during(() => ask(eve, 'GET', `/solari/api/solarigroup/${number}/messages/`));
    expect(read).toMatchObject([{ security: 'refused', userId: eve.id, route: expect.stringContaining('messages') }]);
    const send = () =>
      call('POST', `/solari/api/solarigroup/${number}/messages/`, {
        token: audit,
        json: { content: 'text-canary' },
        headers: { 'X-Forwarded-For': '192.0.2.200' },
      });
    // The command has spoken; its status says nothing new.
    const sent = (await during(send)).filter(({ security }) => security === 'refused');
    expect(sent).toMatchObject([{ code: 'scope-missing', userId: admin.id }]);
    const address = `/solari/media/uploads/a_1-${'0'.repeat(52)}.png`;
    secrets.push('0'.repeat(52));
    const file = await during(() => call('GET', address));
    expect(file).toMatchObject([{ security: 'refused', code: 'not-found', route: expect.stringContaining('media') }]);
    const json = { username: 'admin-canary', password: 'guess-canary' };
    const guess = await during(() => call('POST', '/userauth/token/login/', { json }));
    expect(guess).toMatchObject([{ code: 'credentials-wrong', userId: admin.id }]);
  });

  test('a bot that lacks the scope', async () => {
    const found = await during(() => call('GET', '/v1/me', { token: audit }));
    expect(found).toMatchObject([{ security: 'refused', code: 'scope-missing', userId: admin.id }]);
  });

  test('a limit that is reached', async () => {
    const store = () => call('POST', '/v1/files?name=file-canary.txt', { token: ann.token, body: 'content-canary' });
    await store();
    const found = await during(store);
    expect(found).toMatchObject([
      { security: 'refused', code: 'too-many-requests', limit: 'uploads', userId: ann.id, ...about() },
    ]);
  });

  test('what admins do, and what accounts change', async () => {
    const path = `/v1/users/${ann.id}`;
    const { id } = (await ask(admin, 'POST', '/v1/invitations', { uses: 1, days: 1 })).json;
    const found = await during(async () => {
      await ask(admin, 'PUT', `${path}/roles/staff`);
      await ask(admin, 'DELETE', `${path}/roles/staff`);
      await ask(admin, 'DELETE', `/v1/invitations/${id}`);
      await ask(admin, 'DELETE', `${path}/sessions`);
      await ask(admin, 'PUT', `${path}/suspension`);
      await signIn('ann-canary', PASSWORD);
      await ask(admin, 'DELETE', `${path}/suspension`);
    });
    const by = { actorId: admin.id };
    expect(found).toMatchObject([
      { security: 'role-granted', userId: ann.id, role: 'staff', by: admin.id },
      { security: 'role-revoked', userId: ann.id, role: 'staff', by: admin.id },
      { security: 'invitation-withdrawn', invitationId: id, ...by },
      { security: 'sessions-ended', userId: ann.id, ...by },
      { security: 'user-suspended', userId: ann.id, ...by },
      { security: 'refused', code: 'account-suspended', userId: ann.id },
      { security: 'user-reinstated', userId: ann.id, ...by },
    ]);
    const { accessToken } = (await signIn('ann-canary', PASSWORD)).json;
    secrets.push(accessToken, 'new canary horse');
    const changed = await during(async () => {
      const token = accessToken;
      await call('PATCH', '/v1/me', { token, json: { email: 'ann@canary.example', username: 'ann-canary-2' } });
      await call('PUT', '/v1/me/password', { token, json: { password: 'new canary horse', current: PASSWORD } });
      await call('DELETE', '/v1/me', { token, json: { current: 'new canary horse' } });
    });
    const moments = changed.map(({ security }) => security);
    expect(moments).toEqual(['email-changed', 'username-changed', 'password-changed', 'user-deleted']);
  });

  test('a socket of a foreign page, and one without a credential that counts', async () => {
    const port = Number(new URL(program.url).port);
    const open = (headers: Record<string, string>) => connect({ port }, { path: '/v1/socket', headers });
    const foreign = await during(() => open({ Origin: 'https://evil.example' }).catch(() => undefined));
    expect(foreign).toMatchObject([{ security: 'refused', code: 'not-permitted', ...about() }]);
  });
});

test('an address where the account was signed in is no new one after a restart, and another one still is', async () => {
  const home = await temporaryDirectory();
  const said: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void said.push(JSON.parse(line)) });
  const addresses = () => said.flatMap(({ security, address }) => (security === 'new-address' ? [address] : []));
  const settings = { TRUSTED_PROXIES: '127.0.0.1', AUTH_SECRET: 'a secret that stays the same at each start' };
  const start = () => startProgram({ dataDir: home.path, log, settings });
  const json = { login: 'bea', password: PASSWORD };

  const first = await start();
  const { token } = await first.person('bea');
  await first.call('POST', '/v1/sessions', { json, headers: { 'X-Forwarded-For': '192.0.2.7' } });
  await first.close();
  expect(addresses()).toEqual(['127.0.0.1', '192.0.2.7']);

  const second = await start();
  await second.call('GET', '/v1/me', { token });
  await second.call('POST', '/v1/sessions', { json, headers: { 'X-Forwarded-For': '192.0.2.7' } });
  expect(addresses()).toHaveLength(2);
  await second.call('GET', '/v1/me', { token, headers: { 'X-Forwarded-For': '192.0.2.8' } });
  expect(addresses().slice(2)).toEqual(['192.0.2.8']);
  await second.close();
  await home.remove();
});

/** The events that an auditor gets. */
const eventsFor = async (query: string) =>
  (await call('GET', `/v1/audit/events?${query}`, { token: audit })).text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { type: string; stream: string; meta: object; data: Record<string, unknown> });

describe('an auditor', () => {
  test('asks what was refused to an account, and how often a password was guessed', async () => {
    const stream = `security-${ann.id}`;
    await program.services.core.security.recordDue();
    expect(await eventsFor('type=SignInsFailed')).toContainEqual(
      expect.objectContaining({ stream, data: { userId: ann.id, count: 1, since: expect.any(String) } }),
    );
    const refused = await eventsFor(`stream=${stream}&type=RequestsRefused`);
    const codes = refused.map(({ data }) => data.code);
    expect(codes).toEqual(expect.arrayContaining(['not-permitted', 'too-many-requests', 'account-suspended']));
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('finds his own questions, and comes to the end of them', async () => {
    const mine = `stream=audit-${admin.id}`;
    const read = await eventsFor(mine);
    const data = { readerId: admin.id, stream: `audit-${admin.id}`, type: null, after: 0 };
    expect(read.at(-1)).toMatchObject({ type: 'LogRead', data });
    expect(await eventsFor(mine)).toEqual(read);
    await call('GET', `/v1/audit/streams/user-${ann.id}`, { token: audit });
    expect(await eventsFor(mine)).toHaveLength(read.length + 1);
  });

  test('finds no address of a client in an event of the security log', async () => {
    const events = await eventsFor('after=0');
    const noted = events.filter(({ stream }) => /^(security|audit)-/.test(stream));
    expect(noted.length).toBeGreaterThan(5);
    expect(noted.filter(({ data, meta }) => /127\.0\.0\.1|canary/.test(JSON.stringify({ data, meta })))).toEqual([]);
  });
});

test('no line of the log has a secret, a name or a text', () => {
  expect(lines.filter((line) => 'security' in line).length).toBeGreaterThan(20);
  const leaking = lines.filter((line) => secrets.some((secret) => JSON.stringify(line).includes(secret)));
  expect(leaking).toEqual([]);
});
