// Errors become a status and a code. Of a bug or an outage, the client learns only the request id.

import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { failureOf } from '../../src/api/failures.ts';
import { Busy } from '../../src/auth/workerPool.ts';
import { Refused } from '../../src/domain/refused.ts';
import { Conflict, Missing, TooLarge, Unavailable } from '../../src/store/ports.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';

const lines: string[] = [];
let program: Program;
beforeAll(async () => {
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  program = await startProgram({ log: pino({ level: 'debug' }, stream) });
});
afterAll(() => program.close());

test.each([
  [new Busy('x'), 503, 'busy'],
  [new Unavailable('views'), 503, 'unavailable'],
  [new Conflict('user-1'), 409, 'conflict'],
  [new TooLarge(1), 413, 'too-large'],
  [new Missing(), 404, 'not-found'],
  [new Refused('not-an-owner'), 403, 'not-an-owner'],
  [new TypeError('x'), 500, 'internal'],
  ['no error at all', 500, 'internal'],
])('%s', (thrown, status, code) => {
  expect(failureOf(thrown)).toMatchObject({ status, code });
});

test('who is refused for being too many is told when to come again', () => {
  expect(failureOf(new Busy('x')).headers).toEqual({ 'Retry-After': '1' });
});

test('a malformed input names every field at fault', () => {
  const schema = z.strictObject({ a: z.string(), b: z.object({ c: z.int() }), d: z.array(z.guid()) });
  const { error } = schema.safeParse({ b: { c: 'x' }, d: ['x'], e: 1, f: 2 });
  expect(failureOf(error).errors.map(({ field, code }) => [field, code])).toEqual([
    ['a', 'required'],
    ['b.c', 'invalid-type'],
    ['d.0', 'invalid-format'],
    ['e', 'unknown-field'],
    ['f', 'unknown-field'],
  ]);
  expect(failureOf(error).errors[0]!.message).toBe('This field is missing.');
});

test('a bug shows as 500 with a request id, by which the log tells what it was', async () => {
  const { queries } = program.services;
  const { token } = await program.person('ann');
  const broken = vi.spyOn(queries, 'user').mockRejectedValue(new Error('secret place /etc/x'));
  const { status, json, text } = await program.call('GET', '/v1/me', { token });
  broken.mockRestore();
  expect([status, json.code]).toEqual([500, 'internal']);
  expect(text).not.toContain('secret');
  const line = lines.find((one) => one.includes('secret place'));
  expect(JSON.parse(line!)).toMatchObject({ level: 50, requestId: json.requestId, path: '/v1/me' });
});

test('a store that is away shows as 503 with Retry-After', async () => {
  const { queries } = program.services;
  const { token } = await program.person('bob');
  const broken = vi.spyOn(queries, 'user').mockRejectedValue(new Unavailable('views', new Error('10.0.0.1:27017')));
  const { status, json, text, headers } = await program.call('GET', '/v1/me', { token });
  broken.mockRestore();
  expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
  expect(text).not.toContain('10.0.0.1');
});

test('the log holds no password, token, query or message', async () => {
  const cat = await program.person('cat');
  const { key } = (
    await program.call('POST', '/v1/sessions', { json: { login: 'cat', password: PASSWORD, kind: 'key' } })
  ).json;
  const { id } = (await program.call('POST', '/v1/rooms', { token: key, json: { name: 'quiet-name' } })).json;
  await program.call('POST', `/v1/conversations/${id}/messages`, { token: cat.token, json: { text: 'quiet-text' } });
  await program.call('GET', '/v1/nothing?token=quiet-query');
  const log = lines.join('');
  for (const secret of [PASSWORD, cat.token, cat.refreshToken, key, 'quiet-name', 'quiet-text', 'quiet-query'])
    expect(log).not.toContain(secret);
  expect(log).toContain(`/v1/conversations/${id}/messages`);
});
