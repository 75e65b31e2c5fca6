// Mails are sent outside the request, within bounds, and failures tell no secret.

import { afterEach, expect, test } from 'vitest';
import { Busy } from '../../src/auth/workerPool.ts';
import { createMail, type Mail, type MailFailure } from '../../src/mail/mail.ts';
import { type MailServer, startMailServer } from '../support/mailServer.ts';

let server: MailServer | undefined;
let mail: Mail | undefined;
afterEach(async () => {
  await Promise.all([mail?.close(), server?.close()]);
  server = undefined;
});

const letter = { to: 'ann@example.org', subject: 'Hello', text: 'See you.\n' };

const failures: MailFailure[] = [];
const mailBy = (url: string, more: { patience?: number; queue?: number; grace?: number } = {}): Mail => {
  failures.length = 0;
  mail = createMail({
    url,
    from: 'Verbatim <chat@example.org>',
    publicUrl: 'https://chat.example.org',
    onFailed: (failure) => {
      failures.push(failure);
    },
    ...more,
  });
  return mail;
};

test('a letter arrives as it was written, and what the queue holds nothing for is left out', async () => {
  server = await startMailServer();
  const { post } = mailBy(server.url);
  post('nothing', async () => []);
  post('greeting', async () => [letter]);
  const { from, to, headers, text } = await server.next();
  expect([from, to, text]).toEqual(['chat@example.org', ['ann@example.org'], 'See you.']);
  expect(headers).toContain('From: Verbatim <chat@example.org>\r\nTo: ann@example.org\r\nSubject: Hello');
  expect([server.waiting, failures]).toEqual([0, []]);
});

test('an address names one mailbox, whatever is in it', async () => {
  server = await startMailServer();
  mailBy(server.url).post('greeting', async () => [{ ...letter, to: '"eve@evil.example ann"@example.org' }]);
  expect((await server.next()).to).toEqual(['"eve@evil.example ann"@example.org']);
});

test('a link keeps its token behind the #', () => {
  expect(mailBy('smtp://127.0.0.1:1').link('verify-email', 'token')).toBe(
    'https://chat.example.org/verify-email#token',
  );
});

test('a mail that is refused is told by codes alone, and the next one goes', async () => {
  server = await startMailServer({ RCPT: '550 ann@example.org is nobody here' });
  mailBy(server.url).post('greeting', async () => [letter]);
  await expect.poll(() => failures).toEqual([{ about: 'greeting', code: 'EENVELOPE', responseCode: 550 }]);
});

test('letters of one request go at one place in the queue, one that fails aside', async () => {
  server = await startMailServer();
  const { post } = mailBy(server.url, { queue: 1 });
  post('greetings', async () => [{ ...letter, to: '' }, letter, { ...letter, to: 'ben@example.org' }]);
  expect((await server.next()).to).toEqual(['ann@example.org']);
  expect((await server.next()).to).toEqual(['ben@example.org']);
  expect(failures).toMatchObject([{ about: 'greetings', code: 'EENVELOPE' }]);
});

test.each<[string, Record<string, string | null>]>([
  ['greets nobody', { greeting: null }],
  ['falls silent', { DATA: null }],
])('a mail server that %s holds a mail up for a bounded time', async (_, silence) => {
  server = await startMailServer(silence);
  mailBy(server.url, { patience: 50 }).post('greeting', async () => [letter]);
  await expect.poll(() => failures).toMatchObject([{ about: 'greeting' }]);
});

test('a mail server that is away, and a letter that cannot be written, stop nothing', async () => {
  server = await startMailServer();
  const { port } = new URL(server.url);
  await server.close();
  const { post } = mailBy(`smtp://127.0.0.1:${port}`);
  post('away', async () => [letter]);
  post('unwritten', async () => {
    throw new Error('a secret');
  });
  await expect.poll(() => failures.map(({ about }) => about)).toEqual(['away', 'unwritten']);
  expect(JSON.stringify(failures)).not.toContain('secret');
});

test('the queue has an end; a stop gives up what waits', async () => {
  server = await startMailServer({ greeting: null });
  const { post, close } = mailBy(server.url, { queue: 2, grace: 0 });
  for (const about of ['one', 'two']) post(about, async () => [letter]);
  expect(() => post('three', async () => [letter])).toThrow(Busy);
  await close();
  expect(failures.map(({ about }) => about)).toEqual(['one', 'two']);
  expect(() => post('four', async () => [letter])).toThrow(Busy);
});
