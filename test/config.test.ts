import { describe, expect, test } from 'vitest';
import { createPasswords } from '../src/auth/passwords.ts';
import { passedOver, readConfig, settingsOf } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';
import { placesOf } from '../src/stores.ts';
import { environments } from './support/environments.ts';

const mail = { SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'a@example.org', PUBLIC_URL: 'https://example.org' };
const MiB = 1024 * 1024;

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

describe('a setting that nobody has', () => {
  test.each([
    ['MAX_UPLAOD', 'MAX_UPLOAD'],
    ['MAX_UPLOADS', 'MAX_UPLOAD'],
    ['MAX_UPLOAD_SIZE', 'MAX_UPLOAD'],
    ['MAX_BDOY', 'MAX_BODY'],
    ['MONGODB_URI', 'MONGODB_URL'],
    ['MONGO_URL', 'MONGODB_URL'],
    ['EVENTSTOREDB_URL', 'EVENTSTORE_URL'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['TRUST_PROXY', 'TRUSTED_PROXIES'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log_level', 'LOG_LEVEL'],
    ['DATADIR', 'DATA_DIR'],
    ['DIALECT', 'DIALECTS'],
    ['VERBATIM_DATA_DIR', 'DATA_DIR'],
    ['LIMIT_SEND', 'LIMIT_SENDS'],
    ['LIMIT_PASSWORDS', 'LIMIT_WRONG_PASSWORDS'],
    ['NARGIL_JWT_SECRETS', 'NARGIL_JWT_SECRET'],
  ])('%s is refused with the nearest name, %s', (given, meant) => {
    const says = `${given}: there is no such setting. Did you mean ${meant}? If another program needs it, set ${meant} too`;
    expect(() => readConfig({ [given]: 'a value' }, dialects)).toThrow(says);
    expect(() => readConfig({ [given]: 'a value', [meant]: '' }, dialects)).not.toThrow();
  });

  test.each(Object.entries(environments))('the variables of %s are those of other programs', (_, environment) => {
    expect(readConfig(environment, dialects)).toEqual(readConfig({}, dialects));
    expect(readConfig(environment)).toEqual(readConfig({}));
  });
});

/** What is wrong with `given`, line by line. */
const errorsOf = (given: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig(given, dialects);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

/** Settings that take any text, and `HOST`, which other programs set. */
const FREE = ['HOST', 'DATA_DIR', 'KEYS_DIR', 'SEAL_FILE', 'NARGIL_JWT_ISSUER', 'NARGIL_JWT_AUDIENCE'];
const names = Object.keys(settingsOf(dialects)).filter((name) => !FREE.includes(name));
const wrong = errorsOf(Object.fromEntries(names.map((name) => [name, '\u0001 s3cret'])));

test('every error names the setting, what it sets, and an example, and never shows the value', () => {
  expect(wrong.map((line) => line.replace(/:.*/, ''))).toEqual(names);
  for (const line of wrong) expect(line).toMatch(/^\w+: must (be|have) .*(such as| or )[^(]+\(.+\)$/);
  expect(wrong.join()).not.toContain('s3cret');
});

test('spaces and line ends around the value of any setting do not count, as a file of Windows leaves them', () => {
  const given = {
    ...mail,
    ...{ HOST: '::1', PORT: '80', DATA_DIR: '/srv/chat', KEYS_DIR: '/srv/keys', SEAL_FILE: '-', SESSION_IDLE: '3' },
    ...{ EVENTSTORE_URL: 'esdb://db.example.org:2113', EVENTSTORE_PREFIX: 'chat.', LIMIT_SENDS: '6/60', LIMITS: 'off' },
    ...{ MONGODB_URL: 'mongodb://db.example.org/chat', AUTH_SECRET: 'x'.repeat(32), DIALECTS: 'none', MAX_BODY: '9k' },
    ...{ NARGIL_JWT_SECRET: 'y'.repeat(32), NARGIL_JWT_ISSUER: 'issuer', NARGIL_JWT_AUDIENCE: 'audience' },
  };
  const around = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, ` \t${value} \r`]));
  expect(readConfig(around, dialects)).toEqual(readConfig(given, dialects));
});

describe('a size', () => {
  test('is what each setting in bytes takes', () => {
    expect(wrong.flatMap((line) => /^(\w+): must be a size/.exec(line)?.[1] ?? [])).toEqual([
      'MAX_UPLOAD',
      'MAX_STORED',
      'DESK_BUDGET',
      'DESK_BUDGET_ADDRESS',
      'MIN_FREE',
      'MIN_FREE_MESSAGES',
      'MAX_BODY',
      'MAX_LIST',
      'MAX_FRAME',
      'MAX_UNDER_WAY',
      'MAX_BUFFER',
      'MAX_BUFFERED',
      'MIN_RATE',
    ]);
  });

  test.each([
    ['26214400', 25 * MiB],
    ['25MB', 25 * MiB],
    ['25 MiB', 25 * MiB],
    ['25M', 25 * MiB],
    [' 25mb ', 25 * MiB],
    ['0.5GiB', 512 * MiB],
    ['256k', 256 * 1024],
    ['1T', 1024 * 1024 * MiB],
    ['100 bytes', 100],
    ['100B', 100],
  ])('%j is %d bytes', (MAX_UPLOAD, bytes) => expect(readConfig({ MAX_UPLOAD })).toMatchObject({ MAX_UPLOAD: bytes }));

  test.each(['25 apples', '-1', '0', '25MBit', '1e3', '0x10', '1,000', '99999999T', 'MB'])('%j is none', (MAX_UPLOAD) =>
    expect(() => readConfig({ MAX_UPLOAD })).toThrow('MAX_UPLOAD: must be a size, such as 25MiB, or a number of bytes'),
  );

  test('may be 0 where that means no limit', () => expect(readConfig({ MIN_FREE: '0' }).MIN_FREE).toBe(0));
});

test('where the data is, is told without passwords', () => {
  const EVENTSTORE_URL = 'esdb://ann:s3cret@a:2113,b:2113?tls=false';
  const MONGODB_URL = 'mongodb://ann:s3cret@c/chat?tlsCertificateKeyFilePassword=s3cret';
  const config = readConfig({ EVENTSTORE_URL, MONGODB_URL, AUTH_SECRET: 'x'.repeat(32) });
  expect(placesOf(config)).toEqual(['esdb://a:2113,b:2113', 'mongodb://c/chat']);
});

describe('the address of a server', () => {
  test.each([
    'esdb://db.example.org',
    'esdb://ann:s3c%2Fret@a:2113,b:2113/?tls=true&tlsCAFile=/etc/ca.crt',
    'esdb+discover://ann:s3cret@db.example.org:2113?node_preference=Leader&Keep-Alive-Interval=-1',
  ])('may be %s', (EVENTSTORE_URL) => {
    const AUTH_SECRET = 'x'.repeat(32);
    expect(readConfig({ EVENTSTORE_URL, AUTH_SECRET })).toMatchObject({ EVENTSTORE_URL });
  });

  test.each([
    'mongodb+srv://ann:s3cret@db.example.org/chat?tls=true&appName=a@b',
    'mongodb://[::1]:27017,%2Ftmp%2Fmongodb.sock/chat',
  ])('may be %s', (MONGODB_URL) => expect(readConfig({ MONGODB_URL })).toMatchObject({ MONGODB_URL }));

  test.each([
    'esdb://ann:s3c/ret@a',
    'esdb://ann:s3c@ret@a',
    'esdb://ann:s3c:ret@a',
    'esdb://ann:s3c?ret@a',
    'esdb://ann:s3c#ret@a',
    'esdb://ann:s3c%ret@a',
    'esdb://ann:s3cret@',
    'esdb://ann:s3cret@a:port',
  ])('%s is none: what parts an address is encoded in a password', (EVENTSTORE_URL) => {
    const MONGODB_URL = EVENTSTORE_URL.replace('esdb', 'mongodb');
    const SMTP_URL = EVENTSTORE_URL.replace('esdb', 'smtp');
    const errors = errorsOf({ ...mail, EVENTSTORE_URL, MONGODB_URL, SMTP_URL });
    expect(errors.map((line) => line.replace(/:.*/, ''))).toEqual(['EVENTSTORE_URL', 'MONGODB_URL', 'SMTP_URL']);
    expect(errors.join()).not.toMatch(/s3c|ret@/);
  });

  // The client would print each of these addresses on the console, with the password.
  test.each([
    'tlsVerifyCert=false',
    'tls_ca=ca.crt',
    'tls=no',
    'tls',
    'keepAliveTimeout=soon',
    'tls=true?tls=true',
    '',
  ])('has no option %j of EventStoreDB', (option) =>
    expect(errorsOf({ EVENTSTORE_URL: `esdb://ann:s3cret@a?${option}` })).toEqual([
      expect.stringMatching(/^EVENTSTORE_URL: must have no options but/),
    ]),
  );
});

describe('HOST', () => {
  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
  ])('%s is an address to listen on', (HOST, address) => {
    expect(readConfig({ HOST }).HOST).toBe(address);
    expect(passedOver({ HOST })).toEqual([]);
  });

  test.each([
    'x86_64-conda-linux-gnu',
    'aarch64-conda-linux-gnu',
    'arm64-apple-darwin20.0.0',
    'laptop',
    'laptop.local',
  ])('%s is the word of another program: it is passed over, in words', (HOST) => {
    expect(readConfig({ HOST }).HOST).toBe('127.0.0.1');
    expect(passedOver({ HOST })).toEqual([expect.stringContaining('HOST is no address')]);
  });

  test.each(['127.0.0.256', '0.0.0', ':::1', '127.0.0.1:3000'])('%s is a wrong address', (HOST) =>
    expect(() => readConfig({ HOST })).toThrow('HOST: must be an IP address or localhost, such as 127.0.0.1'),
  );
});

describe('CORS_ORIGINS', () => {
  test.each([
    ['https://App.Example.org/', ['https://app.example.org']],
    ['HTTPS://app.example.org:443', ['https://app.example.org']],
    ['http://localhost:5173/, https://a.example', ['http://localhost:5173', 'https://a.example']],
    ['https://bücher.example', ['https://xn--bcher-kva.example']],
    ['capacitor://localhost, chrome-extension://AbC', ['capacitor://localhost', 'chrome-extension://abc']],
    ['*', ['*']],
  ])('%s means what browsers send', (CORS_ORIGINS, origins) =>
    expect(readConfig({ CORS_ORIGINS })).toMatchObject({ CORS_ORIGINS: origins }),
  );

  test.each([
    'https://app.example.org/chat',
    'https://app.example.org?a',
    'https://a@app.example.org',
    'app.example.org',
    'localhost:3000',
    'https://*.example.org',
    '*.example.org',
    'https://',
    'null',
  ])('%s is refused in words', (CORS_ORIGINS) =>
    expect(() => readConfig({ CORS_ORIGINS: `https://good.example,${CORS_ORIGINS}` })).toThrow(
      'CORS_ORIGINS: must be origins separated by commas, each a scheme, a host and perhaps a port, without a path',
    ),
  );
});

test.each([
  ['LIMITS', ['off', 'OFF', 'false', '0', 'no'], 'off'],
  ['LIMITS', ['on', 'true', '1', 'Yes'], 'on'],
  ['DJANGO_CHAT_OPEN_PROFILES', ['true', 'TRUE', '1', 'yes', 'on'], 'true'],
  ['LOG_LEVEL', ['WARN', ' warn'], 'warn'],
  ['REGISTRATION', ['Closed'], 'closed'],
  ['ROLES', ['API, projector', 'api,projector'], ['api', 'projector']],
  ['DIALECTS', ['Solari', 'solari '], ['solari']],
  ['DIALECTS', ['None', 'none'], []],
])('%s takes %j', (name, texts, meant) => {
  for (const text of texts) expect(readConfig({ [name]: text }, dialects)).toMatchObject({ [name]: meant });
});

test('PUBLIC_URL is an address of the web', () => {
  for (const PUBLIC_URL of [
    'localhost:3000',
    'chat.example.org',
    'ftp://chat.example.org',
    'https://a.example/?b',
    'https://a:b@c.example',
    'https://a.example/#',
  ])
    expect(() => readConfig({ PUBLIC_URL })).toThrow('PUBLIC_URL: must be an address with http or https, such as');
});

test.each([
  ['https://chat.example.org/verbatim/', 'https://chat.example.org/verbatim'],
  ['HTTPS://Chat.Example.org:443/', 'https://chat.example.org'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['http://localhost:3000', 'http://localhost:3000'],
])('PUBLIC_URL %s is understood as browsers write it', (PUBLIC_URL, meant) =>
  expect(readConfig({ PUBLIC_URL }).PUBLIC_URL).toBe(meant),
);

test('the port of operators is another one', () => {
  expect(() => readConfig({ PORT: '3000', OPERATOR_PORT: '3000' })).toThrow('OPERATOR_PORT: must be another port');
  expect(readConfig({ PORT: '0', OPERATOR_PORT: '0' })).toMatchObject({ OPERATOR_PORT: 0 });
});

test('every cost of passwords that may be set is one that the passwords take, and no other', async () => {
  await createPasswords({ cost: readConfig({ BCRYPT_COST: '15' }).BCRYPT_COST }).close();
  expect(() => readConfig({ BCRYPT_COST: '16' })).toThrow(/^BCRYPT_COST: /);
  expect(() => createPasswords({ cost: 16 })).toThrow(RangeError);
});
