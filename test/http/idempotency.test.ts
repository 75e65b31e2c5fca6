// Retries, cursors and positions.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
});
afterAll(() => program.close());

const post = (path: string, json: unknown, key: string, token: string | undefined = ann.token) =>
  program.call('POST', path, { token, json, headers: { 'Idempotency-Key': key } });
const head = () => program.services.events.head();

describe('the same request under the same key', () => {
  const bodies: readonly [string, unknown][] = [
    ['/v1/groups', { name: 'Once', slug: 'once' }],
    ['/v1/rooms', { name: 'Once' }],
  ];
  test.each(bodies)('to %s gives the same answer and no second event', async (path, json) => {
    const first = await post(path, json, path);
    const position = await head();
    const again = await post(path, json, path);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.json).toEqual(first.json);
    expect(await head()).toBe(position);
  });

  test('sends one message, even when both come at once', async () => {
    const { id } = (await post('/v1/rooms', { name: 'Race' }, 'race')).json;
    const path = `/v1/conversations/${id}/messages`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(path, { text: 'hi' }, 'msg')));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect((await program.call('GET', path, { token: ann.token })).json.items).toHaveLength(1);
  });

  test('registers one account and signs in to one session, without anybody signed in', async () => {
    const account = { username: 'keyed', password: PASSWORD };
    const [one, two] = [await post('/v1/users', account, 'u', ''), await post('/v1/users', account, 'u', '')];
    expect([one.status, two.json]).toEqual([201, one.json]);
    const login = { login: 'keyed', password: PASSWORD };
    const [in1, in2] = [await post('/v1/sessions', login, 's', ''), await post('/v1/sessions', login, 's', '')];
    expect([in1.status, in2.json]).toEqual([201, in1.json]);
  });

  test('stores one file', async () => {
    const upload = () =>
      program.call('POST', '/v1/files?name=a.txt', {
        token: ann.token,
        headers: { 'Idempotency-Key': 'file', 'Content-Type': 'text/plain' },
        body: 'once',
      });
    const [one, two] = [await upload(), await upload()];
    expect([one.status, two.json]).toEqual([201, one.json]);
  });
});

test('a key belongs to its user: after a refresh and in another session it is the same command, of another user another', async () => {
  const { id } = (await post('/v1/rooms', { name: 'Replayed' }, 'replayed')).json;
  const path = `/v1/conversations/${id}/messages`;
  const cat = await program.person('cat');
  const first = await post(path, { text: 'once' }, 'again', cat.token);
  const refreshed = await program.call('POST', '/v1/sessions/refresh', { json: { refreshToken: cat.refreshToken } });
  const login = { login: 'cat', password: PASSWORD };
  const other = (await program.call('POST', '/v1/sessions', { json: login })).json.accessToken;
  const position = await head();
  for (const token of [refreshed.json.accessToken, other])
    expect((await post(path, { text: 'once' }, 'again', token)).json).toEqual(first.json);
  expect(await head()).toBe(position);
  const theirs = await post(path, { text: 'once' }, 'again');
  expect([theirs.status, theirs.json.senderId]).toEqual([201, ann.id]);
  expect(theirs.json.id).not.toBe(first.json.id);
});

test('a malformed key is refused by name', async () => {
  for (const key of ['a b', 'x'.repeat(201), 'ä']) {
    const { status, json } = await post('/v1/rooms', { name: 'Key' }, key);
    expect([status, json.errors[0].field]).toEqual([400, 'Idempotency-Key']);
  }
});

describe('positions', () => {
  test('are in every answer: of a command where its effect lies', async () => {
    const { id, position } = await (async () => {
      const { json } = await post('/v1/rooms', { name: 'Pos' }, 'pos');
      const sent = await program.call('POST', `/v1/conversations/${json.id}/messages`, {
        token: ann.token,
        json: { text: 'x' },
      });
      expect(sent.headers.get('x-position')).toBe(String(sent.json.position));
      return { id: json.id as string, position: sent.json.position as number };
    })();
    const read = await program.call('GET', `/v1/conversations/${id}`, { token: ann.token });
    expect(Number(read.headers.get('x-position'))).toBeGreaterThanOrEqual(position);
    const refused = await program.call('GET', '/v1/nothing');
    expect(refused.headers.get('x-position')).toMatch(/^\d+$/);
  });

  test('that a read asks for are waited for, or it says 503 and when to try again', async () => {
    // The views are behind.
    vi.spyOn(program.services.progress, 'reached').mockResolvedValue(false);
    const ahead = { 'X-Min-Position': `${(await head()) + 1}` };
    vi.spyOn(program.services.events, 'head').mockResolvedValue((await head()) + 1);
    const late = await program.call('GET', '/v1/me', { token: ann.token, headers: ahead });
    expect([late.status, late.json.code, late.headers.get('retry-after')]).toEqual([503, 'position-not-reached', '1']);
    vi.restoreAllMocks();
    const now = await head();
    const reached = await program.call('GET', '/v1/me', { token: ann.token, headers: { 'X-Min-Position': `${now}` } });
    expect(reached.status).toBe(200);
    vi.spyOn(program.services.progress, 'reached').mockResolvedValueOnce(false);
    const far = await program.call('GET', '/v1/me', {
      token: ann.token,
      headers: { 'X-Min-Position': `${now + 1000}` },
    });
    // No waiting leads there.
    expect([far.status, far.json.code, far.json.errors[0].field]).toEqual([400, 'position-unknown', 'X-Min-Position']);
    for (const bad of ['x', '-1', '1.5', '1e9', '99999999999999999999']) {
      const { status, json } = await program.call('GET', '/v1/me', {
        token: ann.token,
        headers: { 'X-Min-Position': bad },
      });
      expect([status, json.errors[0].field]).toEqual([400, 'X-Min-Position']);
    }
  });
});

describe('lists', () => {
  const lists = ['/v1/users', '/v1/users?prefix=a', '/v1/conversations', '/v1/conversations?scope=listed'];
  test.each(lists)('%s refuse a limit out of range and a cursor that is none', async (path) => {
    const ask = (more: string) =>
      program.call('GET', `${path}${path.includes('?') ? '&' : '?'}${more}`, { token: ann.token });
    for (const limit of ['0', '-1', '101', '1e9', 'NaN', '', '1.5', '9'.repeat(40)]) {
      const { status, json } = await ask(`limit=${limit}`);
      expect([limit, status, json.errors[0].field]).toEqual([limit, 400, 'limit']);
    }
    for (const after of ['x', '"', Buffer.from('{}').toString('base64url'), Buffer.from('-1').toString('base64url')]) {
      const { status, json } = await ask(`after=${encodeURIComponent(after)}`);
      expect([status, json.errors[0].field]).toEqual([400, 'after']);
    }
    expect((await ask('limit=1&limit=2')).json.errors[0].field).toBe('limit');
    expect((await ask('a[$ne]=1')).json.errors[0].field).toBe('a[$ne]');
  });

  test('give a whole list page by page, each once', async () => {
    for (let i = 0; i < 7; i++) await post('/v1/rooms', { name: `r${i}` }, `list-${i}`);
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const path = `/v1/conversations?scope=listed&limit=2${after}`;
      const { items, next } = (await program.call('GET', path, { token: ann.token })).json;
      seen.push(...items.map(({ name }: { name: string }) => name));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(seen.filter((name) => /^r\d$/.test(name))).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
