// What somebody without an account may ask costs little.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => program.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}, token?: string) =>
  program.call('GET', path, { headers, token });

test.each(['/livez', '/docs', '/media/uploads/x', '/cht/static/profiles/default.png', '/v1/me', '/api/my-groups/'])(
  'a stranger does not make the server wait for a position: %s',
  async (path) => {
    const far = { 'X-Min-Position': '999999' };
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()];
    vi.spyOn(program.services.progress, 'reached').mockImplementation(() => {
      asked.resolve();
      return answer.promise;
    });
    const waiting = get('/v1/me', far, ann.token);
    await asked.promise;
    await get(path, far);
    answer.resolve(false);
    expect((await waiting).json.code).toBe('position-unknown');
  },
);

test('a position that is reached changes nothing, and one that is not is refused', async () => {
  await program.settled();
  expect((await get('/v1/me', { 'X-Min-Position': '1' }, ann.token)).status).toBe(200);
  vi.spyOn(program.services.progress, 'reached').mockResolvedValue(false);
  expect((await get('/v1/me', { 'X-Min-Position': '999999' }, ann.token)).json.code).toBe('position-unknown');
  expect((await get('/v1/me', { 'X-Min-Position': 'x' }, ann.token)).json.code).toBe('malformed-request');
});

test('nobody waits or fails where the answer comes from no view, nor before the sign-in', async () => {
  await program.grant(ann.id, 'auditor');
  const audit = ['/v1/limits', '/v1/audit/streams/log'];
  for (const wanted of ['999999', 'x']) {
    for (const path of ['/livez', '/readyz', '/metrics', '/', '/docs', '/v1/openapi.json', '/verify-email', ...audit])
      expect([path, (await get(path, { 'X-Min-Position': wanted }, ann.token)).status]).toEqual([path, 200]);
    expect((await get('/v1/me', { 'X-Min-Position': wanted })).json.code).toBe('signed-out');
    expect((await get('/v1/me', { 'X-Min-Position': wanted }, 'no token')).json.code).toBe('signed-out');
  }
});

test.each(['/livez', '/v1/users', '/api/my-groups/', '/nothing'])('%s takes so many parameters', async (path) => {
  expect((await get(`${path}?${'a=b&'.repeat(100)}`)).status).toBe(400);
  expect((await get(`${path}?${'a=b&'.repeat(98)}`)).text).not.toContain('At most');
});

test.each(['/v1/users', '/registration/'])('a body for %s has a thousand fields and no more', async (path) => {
  const post = (fields: number) =>
    program.call('POST', path, { json: Object.fromEntries(Array.from({ length: fields }, (_, i) => [`k${i}`, 1])) });
  expect([(await post(1000)).status, (await post(1001)).status]).toEqual([400, 413]);
});

test('an answer lists a hundred errors and no more', async () => {
  const json = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, 1]));
  expect((await program.call('POST', '/v1/users', { json })).json.errors).toHaveLength(100);
  const memberIds = Array.from({ length: 300 }, () => 'x');
  const reply = await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'x', memberIds } });
  expect(reply.json.errors).toHaveLength(100);
});

test.each(['/', '/docs', '/v1/openapi.json'])('%s is not sent again to who has it', async (path) => {
  const tag = (await get(path)).headers.get('etag')!;
  const again = await get(path, { 'If-None-Match': tag });
  expect([again.status, again.text]).toEqual([304, '']);
  expect((await get(path, { 'If-None-Match': '"another"' })).status).toBe(200);
});

test('the figures for Prometheus are made once a second at most', async () => {
  const { metrics } = program.services;
  const made = metrics.text();
  expect(metrics.text()).toBe(made);
  expect((await made).toString()).toContain('verbatim_requests_total');
});
