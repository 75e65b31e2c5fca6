import { expect, test } from 'vitest';
import { createPasswords } from '../src/auth/passwords.ts';
import { readConfig } from '../src/config.ts';

const mail = { SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'a@example.org', PUBLIC_URL: 'https://example.org' };

test('who sends mail says from whom, and where the links in it lead', () => {
  expect(() => readConfig({ SMTP_URL: mail.SMTP_URL })).toThrow(/^MAIL_FROM: required.*\nPUBLIC_URL: required/);
  expect(() => readConfig({ ...mail, SMTP_URL: 'http://localhost' })).toThrow(/^SMTP_URL: /);
  expect(readConfig(mail)).toMatchObject(mail);
});

test.each([
  ['chat@example.org', true],
  ['Verbatim <chat@example.org>', true],
  ['Verbatim', false],
  ['a@example.org, b@example.org', false],
  ['a@example.org\r\nBcc: b@example.org', false],
])('%j may send: %j', (MAIL_FROM, may) => {
  const read = () => readConfig({ ...mail, MAIL_FROM });
  if (may) expect(read).not.toThrow();
  else expect(read).toThrow(/^MAIL_FROM: /);
});

test.each(['EVENTSTORE_URL', 'MONGODB_URL', 'SMTP_URL'])('%s that is no such address is told by an example', (name) => {
  expect(() => readConfig({ [name]: 'localhost' })).toThrow(new RegExp(`^${name}: an address such as [a-z]+://host`));
});

test('every cost of passwords that may be set is one that the passwords take, and no other', async () => {
  await createPasswords({ cost: readConfig({ BCRYPT_COST: '15' }).BCRYPT_COST }).close();
  expect(() => readConfig({ BCRYPT_COST: '16' })).toThrow(/^BCRYPT_COST: /);
  expect(() => createPasswords({ cost: 16 })).toThrow(RangeError);
});
