// What operators and their machines see of a running program.

import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asking, askingOf, type Program, startProgram } from '../support/program.ts';

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

test('a process that stops is not ready, so that nobody comes to it', async () => {
  const other = await startProgram();
  const closing = other.close();
  expect(other.services.canServe()).toBe(false);
  expect(other.services.troubles()).toEqual(['process: it stops']);
  await closing;
});

describe('the log', () => {
  test('has one line for each request: method, route, status, time and id, and nothing that says who or what', async () => {
    const { id, token } = await program.person('ann');
    lines.length = 0;
    const headers = { 'X-Request-Id': 'my-request' };
    await program.call('GET', `/v1/users/${id}`, { token, headers });
    await program.call('POST', '/v1/sessions', { json: { login: 'ann', password: 'mistyped' } });
    await program.call('GET', '/v1/nowhere/secret-path?secret=two');
    await operators.call('GET', '/livez');
    const answered = lines.filter(({ msg }) => msg === 'answered');
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
});
