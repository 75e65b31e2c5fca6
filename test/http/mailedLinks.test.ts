// Links by mail: an address is verified, and a forgotten password set anew, over a mail server of the test.

import { hash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { type MailServer, startMailServer } from '../support/mailServer.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';

let server: MailServer;
let program: Program;
let late = 0;
const logged: string[] = [];
/** What the mail server says in place of its usual answers. */
const answers: Record<string, string> = {};
beforeAll(async () => {
  server = await startMailServer(answers);
  program = await startProgram({
    now: () => new Date(Date.now() + late),
    log: pino({ level: 'trace' }, { write: (line) => void logged.push(line) }),
    settings: { SMTP_URL: server.url, MAIL_FROM: 'chat@example.org', PUBLIC_URL: 'https://chat.example.org' },
  });
});
afterAll(async () => {
  await program.close();
  await server.close();
});

const call: Program['call'] = (...given) => program.call(...given);

/** An account with an address and a session. */
const somebody = async (name: string) => {
  late = 0;
  const email = `${name}@example.org`;
  await call('POST', '/v1/users', { json: { username: name, email, password: PASSWORD } });
  const json = { login: name, password: PASSWORD };
  const { accessToken: token, refreshToken, user } = (await call('POST', '/v1/sessions', { json })).json;
  const { key } = (await call('POST', '/v1/sessions', { json: { ...json, kind: 'key' } })).json;
  return { id: user.id as string, email, token, refreshToken, key };
};

const tokenIn = ({ text }: { readonly text: string }): string => /#(\S+)/.exec(text)?.[1] ?? '';
const askToVerify = async (token: string) => {
  expect((await call('POST', '/v1/me/email/verification', { token })).status).toBe(202);
  return tokenIn(await server.next());
};
const verify = (token: string) => call('POST', '/v1/email-verifications', { json: { token } });
const isVerified = async (token: string) => (await call('GET', '/v1/me', { token })).json.emailVerified;

test('an address is verified by the link that was mailed there, and nothing more is mailed then', async () => {
  const { token, email } = await somebody('ann');
  await call('POST', '/v1/me/email/verification', { token });
  const mail = await server.next();
  expect([mail.to, mail.from]).toEqual([[email], 'chat@example.org']);
  expect(mail.text).toContain('\nhttps://chat.example.org/verify-email#');
  expect(await isVerified(token)).toBe(false);
  expect((await verify(tokenIn(mail))).status).toBe(204);
  expect(await isVerified(token)).toBe(true);
  const json = { email, password: PASSWORD };
  expect((await call('POST', '/solari/api/login/', { json })).json.email_verified).toBe(true);
  const before = await program.services.events.head();
  expect([(await verify(tokenIn(mail))).status, await program.services.events.head()]).toEqual([204, before]);
  await call('POST', '/v1/me/email/verification', { token });
  await somebody('amy').then(({ token }) => call('POST', '/v1/me/email/verification', { token }));
  expect((await server.next()).to).toEqual(['amy@example.org']);
});

test('a link belongs to its account and address, and ends after a day', async () => {
  const { token, id } = await somebody('bea');
  const [, rest] = (await askToVerify(token)).split(/\.(.*)/s);
  const own = `${id}.${rest}`;
  const eve = await somebody('eve');
  const forged = [`${eve.id}.${rest}`, own.replace(/\.\d+\./, '.99999999999.'), `${own.slice(0, -2)}AA`, `${own}x`, id];
  for (const wrong of forged) expect((await verify(wrong)).json).toMatchObject({ status: 422, code: 'link-invalid' });
  late = 24 * 60 * 60_000;
  expect((await verify(own)).json.code).toBe('link-invalid');
  late = 0;
  await call('PATCH', '/v1/me', { token, json: { email: 'bea@elsewhere.example' } });
  expect((await verify(own)).json.code).toBe('link-invalid');
  // As long as the account has the address.
  await call('PATCH', '/v1/me', { token, json: { email: 'bea@example.org' } });
  expect((await verify(own)).status).toBe(204);
});

test('an account without an address is told so', async () => {
  const { token } = await program.person('cleo');
  const { status, json } = await call('POST', '/v1/me/email/verification', { token });
  expect([status, json.code]).toEqual([409, 'email-missing']);
});

test('a suspended account gets no mail', async () => {
  const { id } = await somebody('sue');
  await somebody('sid');
  const origin = { actorId: null, address: null, correlationId: 'test' };
  await suspendUser(program.services.core, origin, { userId: id });
  for (const login of ['sue', 'sid']) expect((await askToReset(login)).status).toBe(202);
  expect((await server.next()).to).toEqual(['sid@example.org']);
});

const askToReset = (login: string) => call('POST', '/v1/password-resets', { json: { login } });
const reset = (token: string, password = 'battery staple') =>
  call('PUT', '/v1/password-resets', { json: { token, password } });

test('a forgotten password is set by a link, once; every session and the key end', async () => {
  const { token, refreshToken, key, email } = await somebody('dora');
  expect((await askToReset('DORA')).status).toBe(202);
  const mail = await server.next();
  expect(mail.to).toEqual([email]);
  expect(mail.text).toContain('\nhttps://chat.example.org/reset-password#');
  const link = tokenIn(mail);
  expect((await reset(link, 'short')).json).toMatchObject({
    code: 'password-too-short',
    errors: [{ field: 'password' }],
  });
  const both = await Promise.all([reset(link), reset(link, 'another staple')]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([204, 422]);
  expect((await reset(link)).json.code).toBe('link-invalid');
  const signIn = (password: string) => call('POST', '/v1/sessions', { json: { login: 'dora', password } });
  const statuses = await Promise.all(['battery staple', 'another staple', PASSWORD].map(signIn));
  expect(statuses.map(({ status }) => status)).toEqual([
    ...both.map(({ status }) => (status === 204 ? 201 : 401)),
    401,
  ]);
  for (const credential of [token, key]) expect((await call('GET', '/v1/me', { token: credential })).status).toBe(401);
  expect((await call('POST', '/v1/sessions/refresh', { json: { refreshToken } })).status).toBe(401);
});

test('a link to reset ends after half an hour, with a new password, and is no link to verify', async () => {
  const { token, email } = await somebody('finn');
  await askToReset(email);
  const link = tokenIn(await server.next());
  expect((await verify(link)).json.code).toBe('link-invalid');
  expect((await reset(await askToVerify(token))).json.code).toBe('link-invalid');
  late = 30 * 60_000;
  expect((await reset(link)).json.code).toBe('link-invalid');
  late = 0;
  await call('PUT', '/v1/me/password', { token, json: { password: 'another staple' } });
  expect((await reset(link)).json.code).toBe('link-invalid');
});

test('who asks to reset learns nothing: the answer is the same and comes before anybody is looked for', async () => {
  await somebody('gus');
  await program.person('hal');
  const { id } = await somebody('ida');
  await call('DELETE', '/v1/me', { token: (await somebody('jo')).token });
  const answers = [];
  for (const login of ['gus', 'nobody', 'hal', 'jo', 'jo@example.org', id, 'x'.repeat(320)]) {
    const { status, text, headers } = await askToReset(login);
    const told = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    answers.push(JSON.stringify([status, text, told]));
  }
  expect(new Set(answers).size).toBe(1);
  expect(tokenIn(await server.next())).not.toBe('');
  // The letters are written in their order, so nobody else got one.
  await askToReset('ida');
  expect((await server.next()).to).toEqual(['ida@example.org']);
  expect(server.waiting).toBe(0);
});

test('the page behind a link sends the token of its address, by the one script that its policy allows', async () => {
  const { email, id } = await somebody('kim');
  await askToReset(email);
  const token = tokenIn(await server.next());
  const { text, headers } = await call('GET', '/reset-password');
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(text) ?? [];
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain(`script-src 'sha256-${hash('sha256', script, 'base64')}'`);
  expect(policy).toContain("default-src 'none'");
  const attributes = [...text.matchAll(/data-(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const said = { textContent: '' };
  const submits: ((event: object) => Promise<void>)[] = [];
  const form = {
    hidden: false,
    dataset: Object.fromEntries(attributes),
    password: '',
    addEventListener: (_: string, listener: (event: object) => Promise<void>) => submits.push(listener),
  };
  runInNewContext(script, {
    document: { querySelector: (what: string) => (what === 'form' ? form : said) },
    FormData: class extends Map<string, string> {
      constructor({ password }: typeof form) {
        super([['password', password]]);
      }
    },
    location: { hash: `#${token}` },
    fetch: (path: string, init: RequestInit) => fetch(new URL(path, `${program.url}/reset-password`), init),
  });
  const send = async (password: string) => {
    form.password = password;
    await submits[0]?.({ preventDefault: () => undefined });
    return [form.hidden, said.textContent];
  };
  expect(await send('password')).toEqual([
    false,
    'The password is one of those that are guessed first. Choose another one.',
  ]);
  expect(await send('battery staple')).toEqual([true, 'Your password is set. Sign in with it.']);
  const json = { login: 'kim', password: 'battery staple' };
  expect((await call('POST', '/v1/sessions', { json })).json.user.id).toBe(id);
});

test('a mail that the mail server refuses is a line of the security log, without link and address', async () => {
  const { token } = await somebody('meg');
  answers.RCPT = '550 nobody here';
  logged.length = 0;
  await call('POST', '/v1/me/email/verification', { token });
  const failed = () => logged.map((line) => JSON.parse(line)).filter(({ security }) => security === 'mail-failed');
  await expect
    .poll(failed)
    .toEqual([expect.objectContaining({ level: 40, about: 'verification', code: 'EENVELOPE', responseCode: 550 })]);
  expect(logged.join('')).not.toMatch(/meg@example|email#/);
  delete answers.RCPT;
});

test('no link, address of mail and secret of the mail server is logged', async () => {
  const { id, token } = await somebody('lea');
  const link = await askToVerify(token);
  await verify(link);
  await call('POST', '/v1/password-resets', { json: { login: 'lea' } });
  await server.next();
  const lines = logged.join('');
  for (const moment of ['verification-asked', 'email-verified', 'password-reset-asked'])
    expect(lines).toMatch(new RegExp(`"security":"${moment}"[^\n]*"userId":"${id}"`));
  expect(lines).toContain('/v1/email-verifications');
  for (const secret of [link, 'hush-hush', 'lea@example.org']) expect(lines).not.toContain(secret);
});
