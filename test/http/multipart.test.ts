// Multipart forms: the server reads part headers as clients mean them, and no header ends the process.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DjangoDialect } from '../../src/dialects/django/django.ts';
import { dialects } from '../../src/dialects/index.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { rawConnection } from '../support/rawConnection.ts';
import { isDistributed } from '../support/stores.ts';

/** The forms are read by the same code: over store servers it shows that a file that breaks off harms nobody. */
const RUNS = isDistributed ? 30 : 400;
const onEmbedded = isDistributed ? test.skip : test;

let program: Program;
let ann: Person;
const thrown: unknown[] = [];
const note = (error: unknown): void => void thrown.push(error);
beforeAll(async () => {
  program = await startProgram({ settings: { MAX_UPLOAD: '50000', MAX_BODY: '10000' } });
  ann = await program.person('ann');
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  await program.close();
});

const part = (headers: readonly string[], content: string): string =>
  `--b\r\n${headers.join('\r\n')}\r\n\r\n${content}\r\n`;
const field = (name: string, value: string, ...more: string[]): string =>
  part([`Content-Disposition: form-data; name="${name}"`, ...more], value);
const post = (path: string, parts: readonly string[], token?: string) =>
  program.call('POST', path, {
    token,
    body: `${parts.join('')}--b--\r\n`,
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
  });
const upload = async (disposition: string, content = 'bytes', ...more: string[]) =>
  post('/v1/files', [part([`Content-Disposition: form-data; ${disposition}`, ...more], content)], ann.token);
const nameOf = async (disposition: string): Promise<string> => (await upload(disposition)).json.name;

describe('what a part says of its transfer encoding', () => {
  const encodings = ['8bit', '7BIT', 'binary', 'base64', 'Quoted-Printable', 'utf-8', 'x-unheard-of', '', '8bit; x=1'];

  onEmbedded.each(encodings)('%j is ignored, for fields', async (encoding) => {
    const username = `u${encodings.indexOf(encoding)}`;
    const said = `Content-Transfer-Encoding: ${encoding}`;
    const password = 'long enough 77';
    const account = {
      username,
      first_name: 'A',
      last_name: 'B',
      email: `${username}@example.com`,
      password,
      re_password: password,
      password1: password,
      password2: password,
    };
    const parts = Object.entries(account).map(([name, value]) => field(name, value, said));
    for (const path of ['/userauth/users/', '/registration/', '/api/register/']) {
      const { status, json } = await post(path, parts);
      expect([path, status < 500, JSON.stringify(json)]).toEqual([path, true, expect.not.stringContaining('required')]);
    }
    const login = await program.call('POST', '/v1/sessions', { json: { login: username, password } });
    expect(login.status).toBe(201);
  });

  onEmbedded.each(encodings)('%j is ignored, for files', async (encoding) => {
    const { status, json } = await upload(
      'name="f"; filename="x"',
      'YWJj=41',
      `Content-Transfer-Encoding: ${encoding}`,
    );
    expect(status).toBe(201);
    expect((await program.call('GET', `/v1/files/${json.id}`, { token: ann.token })).text).toBe('YWJj=41');
  });
});

describe('a file', () => {
  test('input that was left empty is no file', async () => {
    const empty = await upload('name="f"; filename=""', '', 'Content-Type: application/octet-stream');
    expect([empty.status, empty.json.code]).toEqual([400, 'malformed-body']);
    const one = part(['Content-Disposition: form-data; name="a"; filename=""'], '');
    const other = part(['Content-Disposition: form-data; name="b"; filename="b.txt"'], 'b');
    expect((await post('/v1/files', [one, other], ann.token)).json.name).toBe('b.txt');
  });

  test('without a name but with bytes is a file, and so is an empty one with a name', async () => {
    expect((await upload('name="f"; filename=""')).json).toMatchObject({ name: 'file', size: 5 });
    expect((await upload('name="f"; filename="x"', '')).json).toMatchObject({ name: 'x', size: 0 });
  });

  onEmbedded.each([
    ["filename*=UTF-8''gr%C3%BC%C3%9Fe.txt", 'grüße.txt'],
    ['filename="gruesse.txt"; filename*=utf-8\'de\'gr%C3%BC%C3%9Fe.txt', 'grüße.txt'],
    ['filename*=UTF-8\'\'gr%C3%BC%C3%9Fe.txt; filename="gruesse.txt"', 'grüße.txt'],
    ['filename="plain.txt"; filename*=UTF-8\'\'%FF', 'plain.txt'],
    ['filename="plain.txt"; filename*=x-unheard-of\'\'a', 'plain.txt'],
    ['filename="grüße.txt"', 'grüße.txt'],
    ['filename=bare.txt', 'bare.txt'],
    ['FileName = "spaced.txt" ; x=y', 'spaced.txt'],
  ])('is named by %s', async (said, name) => {
    expect(await nameOf(`name="f"; ${said}`)).toBe(name);
  });

  onEmbedded.each([
    ['as browsers escape quotes', 'filename="say %22hi%22.txt"', 'say "hi".txt'],
    ['as older clients escape quotes', 'filename="say \\"hi\\".txt"', 'say "hi".txt'],
    ['with HTML entities, which are no escapes', 'filename="a&#39;b&quot;c&amp;.txt"', 'a&#39;b&quot;c&amp;.txt'],
    ['with a per cent sign, which only three codes escape with', 'filename="100%25 %41.txt"', '100%25 %41.txt'],
    ['with a semicolon and an equals sign', 'filename="a; name=x.txt"', 'a; name=x.txt'],
    ['whose path a browser left in it', 'filename="C:\\temp\\new.txt"', 'new.txt'],
  ])('keeps its name %s', async (_, said, name) => {
    expect(await nameOf(`name="f"; ${said}`)).toBe(name);
  });

  test('and a field come from the client that browsers and Node have in common as they were given', async () => {
    const data = new FormData();
    data.set('file', new Blob(['x']), 'a "b" & \'c\' &quot; é 日本.txt');
    const { json } = await program.call('POST', '/v1/files', { token: ann.token, body: data });
    expect(json.name).toBe('a "b" & \'c\' &quot; é 日本.txt');
  });
});

test('a part whose headers do not end is refused, and the file before it is not kept', async () => {
  const file = part(['Content-Disposition: form-data; name="f"; filename="x"'], 'never kept');
  const head = await program.services.events.head();
  const { status, json } = await post('/v1/files', [file, '--b\r\nContent-Disposition: form-data\r\n'], ann.token);
  expect([status, json.code]).toEqual([400, 'malformed-body']);
  expect(await program.services.events.head()).toBe(head);
});

test('what is refused is answered although the rest never comes', async () => {
  const connection = await rawConnection(program.url);
  const head = [
    'POST /v1/files HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${ann.token}`,
    'Content-Type: multipart/form-data; boundary=b',
    'Content-Length: 10000',
  ];
  const file = (name: string): string => part([`Content-Disposition: form-data; name="f"; filename="${name}"`], name);
  connection.write(`${head.join('\r\n')}\r\n\r\n${file('one')}${file('two')}${file('three')}`);
  expect(await connection.closed).toMatch(/^HTTP\/1\.1 400 [\s\S]*malformed-body/);
  expect(thrown).toEqual([]);
});

describe('whatever a request says', () => {
  const PATHS = [
    '/v1/files',
    '/v1/socket',
    '/cht/ws/chat/x',
    '/connection/1/a/b@example.com',
    ...dialects
      .filter((dialect): dialect is DjangoDialect => 'routes' in dialect)
      .flatMap(({ name, routes }) =>
        routes
          .filter(({ handlers }) => 'POST' in handlers || 'PUT' in handlers || 'PATCH' in handlers)
          .filter(({ path }) => !path.includes('logout'))
          .flatMap(({ path }) => {
            const filled = path.replaceAll(/<int:\w+>/g, '1').replaceAll(/<\w+:\w+>/g, 'x');
            return [filled, `/${name}${filled}`];
          }),
      ),
  ];

  const odd = fc.oneof(
    fc.constantFrom(
      '',
      '"',
      '\\',
      ';',
      '=',
      "UTF-8''%",
      '%00',
      '%zz',
      '\t',
      '\u00ff',
      'utf-16',
      '__proto__',
      'x'.repeat(3000),
    ),
    fc.string({ maxLength: 30, unit: 'binary' }),
  );
  const clean = (text: string): string => text.replaceAll(/[\r\n]/g, '');
  const disposition = fc
    .array(fc.tuple(fc.constantFrom('name', 'filename', 'filename*', 'x', ''), odd, fc.boolean()), { maxLength: 4 })
    .map(
      (given) =>
        `form-data${given.map(([key, value, isQuoted]) => `; ${key}=${isQuoted ? `"${value}"` : value}`).join('')}`,
    );
  const header = fc
    .oneof(
      fc.tuple(fc.constant('Content-Disposition'), fc.oneof(disposition, odd)),
      fc.tuple(fc.constantFrom('Content-Type', 'CONTENT-TRANSFER-ENCODING', 'Content-Length', '__proto__', ''), odd),
      fc.tuple(odd, odd),
    )
    .map(([name, value]) => `${name}: ${value}`);
  const somePart = fc
    .tuple(fc.array(header, { maxLength: 4 }), fc.constantFrom('\r\n\r\n', '\r\n', '\n\n', ''), odd)
    .map(([headers, gap, content]) => `--b\r\n${headers.join('\r\n')}${gap}${content}\r\n`);
  const body = fc
    .tuple(odd, fc.array(somePart, { maxLength: 5 }), fc.constantFrom('--b--\r\n', '--b', '--b--', '', '--b--x'))
    .map(([before, parts, end]) => `${before}${parts.join('')}${end}`);
  const request = fc.record({
    path: fc.constantFrom(...PATHS),
    method: fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'PATCH', 'GET', 'OPTIONS'),
    isSignedIn: fc.boolean(),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant('multipart/form-data; boundary=b') },
      odd.map((text) => `multipart/form-data; boundary=${clean(text)}`),
      odd.map(clean),
    ),
    headers: fc.array(
      fc
        .tuple(
          fc.constantFrom(
            'Content-Encoding',
            'Expect',
            'Upgrade',
            'Sec-WebSocket-Key',
            'Sec-WebSocket-Version',
            'Sec-WebSocket-Protocol',
            'Sec-WebSocket-Extensions',
            'Cookie',
            'Authorization',
            'Range',
            'X-Request-Id',
            'Idempotency-Key',
            'X-Min-Position',
            'Origin',
            'If-None-Match',
            'X-Odd',
          ),
          odd,
        )
        .map(([name, value]) => `${name}: ${clean(value)}`),
      { maxLength: 3 },
    ),
    body,
    /** Bytes announced but not sent; if negative, sent but not announced. */
    more: fc.constantFrom(0, 0, 0, 0, 7, -7),
    isChunked: fc.boolean(),
    isUpgrade: fc.boolean(),
  });

  test('it is answered or ended, nothing is thrown where nobody catches it, and the process goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        request,
        async ({ path, method, isSignedIn, type, headers, body, more, isChunked, isUpgrade }) => {
          const bytes = Buffer.from(body, 'latin1');
          const connection = await rawConnection(program.url);
          const head = [
            `${method} ${path} HTTP/1.1`,
            'Host: x',
            ...(isUpgrade ? ['Connection: upgrade', 'Upgrade: websocket'] : ['Connection: close']),
            `Content-Type: ${type}`,
            isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${Math.max(0, bytes.length + more)}`,
            ...(isSignedIn ? [`Authorization: Bearer ${ann.token}`] : []),
            ...headers,
          ];
          connection.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
          if (isChunked && bytes.length > 0) connection.write(`${bytes.length.toString(16)}\r\n`);
          connection.write(bytes);
          connection.socket.end(isChunked ? `${bytes.length > 0 ? '\r\n' : ''}${more < 0 ? '' : '0\r\n\r\n'}` : '');
          const answer = await connection.closed;
          if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?!500)\d{3} /);
        },
      ),
      { numRuns: RUNS },
    );
    expect((await program.call('GET', '/readyz')).status).toBe(200);
    expect((await upload('name="f"; filename="still.txt"')).status).toBe(201);
    expect(thrown).toEqual([]);
  }, 120_000);
});
