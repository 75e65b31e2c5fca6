// S47, S48, S51, S55, S71, S78: what leaves the server, over HTTP, at a handshake, and into the log.

import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../../src/dialects/index.ts';
import { routes } from '../../src/http/routes/index.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { rawConnection } from '../support/rawConnection.ts';
import { connect, HandshakeRefused } from '../support/sockets.ts';

const lines: string[] = [];
let program: Program;
let ann: Person;
let room: { readonly id: string; readonly number: number };

beforeAll(async () => {
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const settings = { NARGIL_JWT_SECRET: 'a secret of the sign-on and of this server' };
  program = await startProgram({ settings, log: pino({ level: 'trace' }, stream) });
  ann = await program.person('ann');
  room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'Room' } })).json;
});
afterAll(() => program.close());

const server = () => ({ port: Number(new URL(program.url).port) });

/** The whole answer to these bytes; the connection must have been closed. */
const answerTo = async (text: string): Promise<string> => {
  const connection = await rawConnection(program.url);
  connection.write(text);
  return connection.closed;
};

describe('a request whose end two servers could see in two places', () => {
  const post = (headers: readonly string[], body = '') =>
    ['POST /v1/sessions HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...headers, '', body].join('\r\n');
  const hidden = 'GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

  test.each([
    ['a length and chunks', post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`)],
    ['chunks and a length', post(['Transfer-Encoding: chunked', 'Content-Length: 6'], `0\r\n\r\n${hidden}`)],
    ['two lengths', post(['Content-Length: 0', 'Content-Length: 44'], hidden)],
    ['two equal lengths', post(['Content-Length: 0', 'Content-Length: 0'], hidden)],
    ['a list of lengths', post(['Content-Length: 0, 0'], hidden)],
    ['a length with a sign', post(['Content-Length: +0'], hidden)],
    ['a length in hexadecimal', post(['Content-Length: 0x0'], hidden)],
    ['a coding that is none', post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${hidden}`)],
    ['chunks that are not last', post(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${hidden}`)],
    ['a coding behind a tab', post(['Transfer-Encoding:\tchunked', 'Content-Length: 3'], `0\r\n\r\n${hidden}`)],
    ['a space before the colon', post(['Transfer-Encoding : chunked'], `0\r\n\r\n${hidden}`)],
    ['a folded header', post(['X-Folded: a', ' Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`)],
    ['a bare line feed', post(['X: y\nTransfer-Encoding: chunked'], `0\r\n\r\n${hidden}`)],
    ['a bare carriage return', post(['X: y\rTransfer-Encoding: chunked'], `0\r\n\r\n${hidden}`)],
    ['a NUL in a header', post(['X: a\0b'], hidden)],
    ['a chunk of a size that is none', post(['Transfer-Encoding: chunked'], `0x0\r\n\r\n${hidden}`)],
    ['a chunk of a size beyond numbers', post(['Transfer-Encoding: chunked'], `${'F'.repeat(17)}\r\n\r\n${hidden}`)],
    ['a chunk longer than it says', post(['Transfer-Encoding: chunked'], `1\r\nxx\r\n0\r\n\r\n${hidden}`)],
  ])('with %s is refused and the connection closed', async (_, text) => {
    const answer = await answerTo(text);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|501) /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer).not.toContain('smuggled');
  });
});

describe('every answer', () => {
  /** The same for everybody: a browser may keep them. */
  const open = new Set(
    routes.flatMap(({ access, method, path }) => (access === 'public' && method === 'GET' ? [path] : [])),
  );
  const pathOf = (path: string) => path.replace(/:\w+|<\w+:\w+>/g, '1');
  const all = [
    ...routes.map(({ method, path }) => `${method} ${pathOf(path)}`),
    ...dialects.flatMap((dialect) =>
      'routes' in dialect
        ? (dialect.routes as readonly { path: string }[]).flatMap(({ path }) =>
            ['GET', 'POST', 'TRACE'].map((method) => `${method} /${dialect.name}${pathOf(path)}`),
          )
        : [],
    ),
    'GET /nowhere',
    'GET /v1/%zz',
    'PROPFIND /v1/users',
  ];

  test('to whatever is asked, well or badly, keeps browsers from guessing, framing, keeping and running it', async () => {
    expect(all.length).toBeGreaterThan(100);
    const bad: unknown[] = [];
    await Promise.all(
      all.map(async (asked) => {
        const [method, path] = asked.split(' ') as [string, string];
        if (method === 'TRACE') return;
        const { status, headers, text } = await program.call(method, path);
        const shown = {
          nosniff: headers.get('x-content-type-options'),
          runsNothing: /default-src 'none'.*frame-ancestors 'none'/.test(headers.get('content-security-policy') ?? ''),
          referrer: /^(no-referrer|same-origin)$/.test(headers.get('referrer-policy') ?? ''),
          kept: headers.get('cache-control'),
          typed: text === '' || headers.has('content-type'),
          software: headers.get('x-powered-by') ?? headers.get('server'),
          varies: headers.get('vary')?.includes('Origin'),
        };
        const kept = open.has(path) || path.endsWith('default.png') ? shown.kept : 'no-store';
        const good = {
          nosniff: 'nosniff',
          runsNothing: true,
          referrer: true,
          kept,
          typed: true,
          software: null,
          varies: true,
        };
        if (JSON.stringify(shown) !== JSON.stringify(good) || status >= 500) bad.push({ asked, status, ...shown });
      }),
    );
    expect(bad).toEqual([]);
  });

  test('to TRACE and CONNECT repeats nothing', async () => {
    const traced = await answerTo(
      'TRACE /v1/users HTTP/1.1\r\nHost: x\r\nX-Secret: repeated\r\nConnection: close\r\n\r\n',
    );
    expect(traced).toMatch(/^HTTP\/1\.1 405 /);
    expect(traced).not.toContain('repeated');
    expect(await answerTo('CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n')).not.toMatch(/^HTTP\/1\.1 2/);
  });

  test('has no header that a client could write', async () => {
    const broken = 'x\r\nSet-Cookie: stolen=1';
    const asked = [
      { path: `/v1/files?name=${encodeURIComponent(broken)}`, method: 'POST', body: 'x' },
      { path: `/v1/users/${encodeURIComponent(broken)}`, method: 'GET' },
      { path: `/solari/api/my-groups${encodeURIComponent(`${broken}/`)}`, method: 'GET' },
      { path: `/${encodeURIComponent(broken)}`, method: 'GET' },
    ] as const;
    for (const { path, method, ...given } of asked) {
      const { headers } = await program.call(method, path, { token: ann.token, ...given });
      expect(headers.get('set-cookie')).toBeNull();
    }
    const answer = await answerTo(
      'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: a\u0085b\r\nOrigin: http://a\u0085b\r\n\r\n',
    );
    expect(answer).not.toContain('\u0085');
  });
});

describe('a handshake', () => {
  test('that offers to compress frames is answered without', async () => {
    const client = await connect(server(), { token: ann.token, options: { perMessageDeflate: true } });
    expect(client.ws.extensions).toBe('');
    client.close();
    await client.closed;
  });

  test('without a good credential is refused before a socket opens', async () => {
    const gone = await program.person('gone');
    await program.call('DELETE', '/v1/me', { token: gone.token });
    const bad = [
      { token: 'none' },
      { token: gone.token },
      { token: ann.refreshToken },
      { path: '/v1/socket?ticket=none' },
      { headers: { Authorization: 'Basic YW5uOng=' } },
    ];
    for (const given of bad) await expect(connect(server(), given)).rejects.toMatchObject({ status: 401 });
    const inAddress = { path: `/v1/socket?token=${ann.token}` };
    await expect(connect(server(), inAddress)).rejects.toBeInstanceOf(HandshakeRefused);
  });
});

describe('the log', () => {
  test('has a line of JSON for each thing, and no secret, name or text of anybody', async () => {
    const call = async (path: string, json: object, token?: string) =>
      (await program.call('POST', path, { json, ...(token && { token }) })).json;
    const email = 'hidden.address@example.org';
    await call('/v1/users', {
      username: 'cat',
      email,
      phone: '+44 20 7946 0123',
      nationalCode: 'hidden-code',
      password: PASSWORD,
    });
    const { accessToken } = await call('/v1/sessions', { login: 'cat', password: PASSWORD });
    const { key } = await call('/v1/sessions', { login: 'cat', password: PASSWORD, kind: 'key' });
    const wrong = 'hidden-password\n{"level":60}';
    await call('/v1/sessions', { login: email, password: wrong });
    await call('/solari/api/login/', { email, password: wrong });
    const access = (await call('/django-chat/api/login/', { email, password: PASSWORD })).access;
    const { ticket } = await call('/v1/sessions/current/ticket', {}, accessToken);
    await call(`/v1/conversations/${room.id}/messages`, { text: 'hidden-text' }, accessToken);
    await call('/thanchat/chatApp/messages/', { message_text: 'hidden-text', chat_room_receiver: room.number }, key);
    await program.call('GET', `/v1/nothing?token=${accessToken}&q=hidden-query`);
    await program.call('GET', '/auth/user/', { headers: { Cookie: `auth=${key}; jwt=hidden-cookie` } });
    await expect(connect(server(), { path: `/v1/socket?token=${accessToken}` })).rejects.toThrow();
    const client = await connect(server(), { path: `/v1/socket?ticket=${ticket}` });
    await client.next('ready');
    client.send({ type: 'send', key: 'k', conversationId: room.id, text: 'hidden-text' });
    await client.next('accepted');
    client.ws.send('{"type":"send","text":"hidden-text"');
    await client.next('refused');
    client.close();
    await client.closed;
    const visitor = await connect(server(), { path: `/silicornya/connection/table/Hidden-Name/${email}/` });
    visitor.ws.send('hidden-text');
    await visitor.next(undefined as unknown as string);
    visitor.close();
    await visitor.closed;
    const log = lines.join('');
    // Four digits of the phone number would be in some id of some line now and then.
    const phone = ['7946 0123', '79460123'];
    for (const secret of [PASSWORD, ann.token, accessToken, access, key, ticket, ann.refreshToken, 'hidden', ...phone])
      expect([secret, log.toLowerCase().includes(secret.toLowerCase())]).toEqual([secret, false]);
    for (const line of log.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
    expect(log).toContain(`/v1/conversations/${room.id}/messages`);
  });
});
