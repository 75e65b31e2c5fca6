// What operators and their machines see of a running program.

import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Stores } from '../../src/stores.ts';
import { instead } from '../support/instead.ts';
import { type Asking, askingOf, type Call, type Program, startProgram } from '../support/program.ts';
import { rawConnection } from '../support/rawConnection.ts';
import { connect } from '../support/sockets.ts';

const lines: Record<string, unknown>[] = [];
const log = (level: string) =>
  pino(
    { level },
    new Writable({
      write: (chunk, _, done) => {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );

let program: Program;
let operators: Asking;
beforeAll(async () => {
  program = await startProgram({ settings: { OPERATOR_PORT: '0' }, log: log('info') });
  operators = askingOf(program.operatorUrl!);
});
afterAll(() => program.close());

describe('where operators have a port of their own', () => {
  test('metrics and the words of the health are there alone', async () => {
    await program.settled();
    expect(await program.call('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ready' } });
    expect((await program.call('GET', '/readyz')).json).toEqual({ status: 'ready' });
    expect((await program.call('GET', '/livez')).text).toBe('ok\n');
    expect((await program.call('GET', '/metrics')).status).toBe(404);
    expect((await operators.call('GET', '/readyz')).json).toMatchObject({ status: 'ready', lag: 0, troubles: [] });
    expect((await operators.call('GET', '/metrics')).text).toContain('verbatim_requests_total');
    expect((await operators.call('GET', '/livez')).text).toBe('ok\n');
  });

  test('nothing of the chat is on it', async () => {
    for (const path of ['/v1/me', '/docs', '/nargil/cht/', '/v1/openapi.json'])
      expect((await operators.call('GET', path)).status, path).toBe(404);
  });

  test('the documentation does not promise what is not there', async () => {
    expect(Object.keys((await program.call('GET', '/v1/openapi.json')).json.paths)).not.toContain('/metrics');
  });
});

test('health and metrics come, though the store of events hangs', async () => {
  const hanging = Promise.withResolvers<number>();
  let head: () => Promise<number>;
  const stores = (opened: Stores): Stores => {
    head = opened.events.head;
    return { ...opened, events: instead(opened.events, { head: () => head() }) };
  };
  const other = await startProgram({ stores });
  await other.settled();
  head = () => hanging.promise;
  const [health, metrics] = await Promise.all([other.call('GET', '/readyz'), other.call('GET', '/metrics')]);
  expect(health).toMatchObject({ status: 200, json: { status: 'degraded', head: null, lag: null } });
  expect(health.json.troubles).toEqual([expect.stringMatching(/^events: .*not answered/)]);
  expect(metrics.text).toContain('verbatim_requests_total');
  expect(metrics.text).not.toMatch(/^verbatim_projector_lag /m);
  hanging.resolve(0);
  await other.close();
});

test('a process that stops is not ready, so that nobody comes to it', async () => {
  const other = await startProgram();
  const closing = other.close();
  expect(other.services.canServe()).toBe(false);
  expect(other.services.troubles()).toEqual(['process: it stops']);
  await closing;
});

/** The lines of requests, once there are so many; and no more of them are to come. */
const endings = async (count: number): Promise<Record<string, unknown>[]> => {
  const found = () => lines.filter(({ msg }) => msg === 'answered' || msg === 'broken off');
  await expect.poll(() => found().length).toBeGreaterThanOrEqual(count);
  return found();
};

/** Forgets the lines so far. No line of an earlier request comes after that of a later one. */
const forget = async (): Promise<void> => {
  await program.call('GET', '/livez', { headers: { 'X-Request-Id': 'before' } });
  await expect.poll(() => lines.some(({ requestId }) => requestId === 'before')).toBe(true);
  lines.length = 0;
};

describe('the log has one line for each request', () => {
  beforeEach(forget);

  test('with method, route, status, time and id, and nothing that says who or what', async () => {
    const { id, token } = await program.person('ann');
    await forget();
    const headers = { 'X-Request-Id': 'my-request' };
    await program.call('GET', `/v1/users/${id}`, { token, headers });
    await program.call('POST', '/v1/sessions', { json: { login: 'ann', password: 'mistyped' } });
    await program.call('GET', '/v1/nowhere/secret-path?secret=two');
    await operators.call('GET', '/livez');
    const answered = await endings(4);
    expect(answered).toEqual(
      [
        { requestId: 'my-request', method: 'GET', route: '/v1/users/:userId', status: 200 },
        { requestId: expect.any(String), method: 'POST', route: '/v1/sessions', status: 401 },
        { requestId: expect.any(String), method: 'GET', route: 'none', status: 404 },
        { requestId: expect.any(String), method: 'GET', route: '/livez', status: 200 },
      ].map((line) => ({
        ...line,
        level: 30,
        time: expect.any(Number),
        pid: process.pid,
        hostname: expect.any(String),
        milliseconds: expect.any(Number),
        msg: 'answered',
      })),
    );
    // Only the security log names accounts, and nothing names what was typed.
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`secret|mistyped|${token.slice(0, 20)}`));
    expect(JSON.stringify(answered)).not.toContain(id);
  });

  test.each<[string, string, Call, object]>([
    ['PUT', '/v1/users', {}, { route: 'none', status: 405 }],
    ['HEAD', '/livez', {}, { route: '/livez', status: 200 }],
    ['POST', '/v1/users', { body: 'x'.repeat(300_000) }, { route: '/v1/users', status: 415 }],
    ['POST', '/v1/users', { json: { username: 'x'.repeat(300_000) } }, { route: '/v1/users', status: 413 }],
    ['POST', '/nargil/cht/', {}, { status: 404 }],
    ['GET', '/solari/api/users/', {}, { method: 'GET', status: 404 }],
  ])('%s %s', async (method, path, call, says) => {
    await program.call(method, path, call);
    expect(await endings(1)).toMatchObject([{ method, ...says, msg: 'answered' }]);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', { method: null, status: 400 }],
    [
      'headers without end',
      `GET /livez HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}`,
      { method: null, status: 431 },
    ],
    ['the use as a proxy', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', { method: null, status: 405 }],
    [
      'an expectation that nobody knows',
      'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n',
      { method: 'GET', route: '/livez', status: 200 },
    ],
  ])('that is %s', async (_, sent, says) => {
    const connection = await rawConnection(program.url);
    connection.write(sent);
    expect(await connection.closed).toMatch(new RegExp(`^HTTP/1.1 ${says.status} `));
    expect(await endings(1)).toMatchObject([
      { route: 'none', ...says, requestId: expect.any(String), msg: 'answered' },
    ]);
  });

  test('that breaks off: a broken body, an upload whose client goes, and a download that nobody reads on', async () => {
    const { token } = await program.person('ben');
    const body = Buffer.alloc(20_000_000);
    const { id } = (await program.call('POST', '/v1/files', { token, body })).json;
    const about = `HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;

    await forget();
    const broken = await rawConnection(program.url);
    broken.write(`POST /v1/files ${about}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno chunk\r\n`);
    expect(await broken.closed).toMatch(/^HTTP\/1.1 400 /);
    expect(await endings(1)).toMatchObject([{ method: 'POST', route: '/v1/files', status: 400, msg: 'broken off' }]);

    await forget();
    const upload = await rawConnection(program.url);
    upload.write(`POST /v1/files ${about}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
    await upload.until(/100 Continue/);
    upload.socket.destroy();
    expect(await endings(1)).toMatchObject([{ method: 'POST', route: '/v1/files', status: 400, msg: 'broken off' }]);

    await forget();
    const download = await rawConnection(program.url, false);
    download.write(`GET /v1/files/${id} ${about}\r\n`);
    await once(download.socket, 'readable');
    download.socket.destroy();
    expect(await endings(1)).toMatchObject([{ route: '/v1/files/:fileId', status: 200, msg: 'broken off' }]);
  });

  test('that asks for a socket, whether it gets one or not', async () => {
    const { token } = await program.person('eve');
    const { ticket } = (await program.call('POST', '/v1/sessions/current/ticket', { token, json: {} })).json;
    await forget();
    const port = Number(new URL(program.url).port);
    const ask = (path: string, headers = {}) => connect({ port }, { path, headers }).catch(() => undefined);
    const socket = await ask(`/v1/socket?ticket=${ticket}`, { 'X-Request-Id': 'my-socket' });
    socket?.close();
    await ask(`/v1/socket?ticket=${ticket}`);
    await ask('/v1/socket', { Origin: 'https://evil.example' });
    await ask('/v1/nowhere');
    const socketLine = { method: 'GET', route: '/v1/socket', msg: 'answered', milliseconds: expect.any(Number) };
    expect(await endings(4)).toMatchObject([
      { ...socketLine, status: 101, requestId: 'my-socket' },
      { ...socketLine, status: 401 },
      { ...socketLine, status: 403 },
      { ...socketLine, route: 'none', status: 404 },
    ]);
    expect(JSON.stringify(lines)).not.toContain(ticket);
  });
});
