// Bad input is refused with its own status, in problem details that reveal nothing of the inside.

import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, type Person, type Program, type Reply, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let room: string;
beforeAll(async () => {
  program = await startProgram({ settings: { MAX_BODY: '10000', CORS_ORIGINS: 'https://good.example' } });
  ann = await program.person('ann');
  room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'Room' } })).json.id;
});
afterAll(() => program.close());

const send = (body: NonNullable<Call['body']>, headers: Record<string, string> = {}) =>
  program.call('POST', `/v1/conversations/${room}/messages`, {
    token: ann.token,
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });

/** Sends raw bytes and returns the whole answer. */
const raw = async (text: string): Promise<string> => {
  const socket = connect(Number(new URL(program.url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.end(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
};

const expectProblem = (reply: Reply, status: number, code: string): void => {
  expect([reply.status, reply.json?.code]).toEqual([status, code]);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect(reply.json).toMatchObject({ status, type: `/docs#${code}`, requestId: reply.headers.get('x-request-id') });
  expect(reply.text).not.toMatch(/\bat .+:\d+:\d+|node_modules|\/src\/|Error:/);
};

test('a body that says what the path or the sign-in says is refused, and the field is named', async () => {
  const token = ann.token;
  const twice: readonly (readonly [string, string, object, string])[] = [
    ['POST', `/v1/conversations/${room}/messages`, { text: 'hi', conversationId: room }, 'conversationId'],
    ['PUT', '/v1/me/password', { current: 'a horse', password: 'a mule', sessionId: null }, 'sessionId'],
  ];
  for (const [method, path, json, field] of twice) {
    const reply = await program.call(method, path, { token, json });
    expectProblem(reply, 400, 'malformed-request');
    expect(JSON.stringify(reply.json.errors)).toContain(field);
  }
});

describe('a body', () => {
  test('that is no JSON in UTF-8 is refused', async () => {
    const bad = ['{', '{"text":"x",}', "{'text':1}", '\ufeff{"text":"x"}', '[1,', 'NaN', ' '.repeat(100)];
    for (const body of bad) expectProblem(await send(body), 400, 'malformed-json');
    expectProblem(await send(Buffer.from('{"text":"\xff"}', 'latin1')), 400, 'malformed-json');
  });

  test('that is JSON but no object is refused', async () => {
    for (const body of ['[]', '"x"', 'null', '7', '['.repeat(400) + ']'.repeat(400)])
      expectProblem(await send(body), 400, 'malformed-request');
  });

  test('that is empty lacks what it needs', async () => {
    const reply = await program.call('POST', '/v1/rooms', { token: ann.token });
    expectProblem(reply, 400, 'malformed-request');
    expect(reply.json.errors).toMatchObject([{ field: 'name', code: 'required' }]);
  });

  test('of another media type, charset or encoding is refused', async () => {
    const json = JSON.stringify({ text: 'x' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'x'])
      expectProblem(await send(json, { 'Content-Type': type }), 415, 'media-type-unsupported');
    expectProblem(await send(gzipSync(json), { 'Content-Encoding': 'gzip' }), 415, 'content-encoding-unsupported');
    expect((await send(json, { 'Content-Type': 'Application/JSON; charset="UTF-8"' })).status).toBe(201);
  });

  test('beyond the limit is refused, announced or not', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(10_000) });
    expectProblem(await send(long), 413, 'too-large');
    const stream = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(Buffer.alloc(1000, ' '));
        if (++pulled === 200) controller.close();
      },
    });
    let pulled = 0;
    expectProblem(await send(stream), 413, 'too-large');
    expect((await send(JSON.stringify({ text: 'x'.repeat(7000) }))).status).toBe(201);
  });

  test('that breaks off harms nobody', async () => {
    const head = `POST /v1/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\n`;
    await raw(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"`);
    expect((await program.call('GET', '/livez')).text).toBe('ok\n');
  });

  test('cannot reach into prototypes', async () => {
    for (const body of [
      '{"text":"x","__proto__":{"isAdmin":true}}',
      '{"text":"x","constructor":{"prototype":{"isAdmin":true}}}',
    ])
      expectProblem(await send(body), 400, 'malformed-request');
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('with numbers out of range is refused by name', async () => {
    for (const upTo of ['1e400', '9007199254740993', '-1', '1.5', '"1"', 'true']) {
      const reply = await program.call('POST', `/v1/conversations/${room}/read`, {
        token: ann.token,
        body: `{"upTo":${upTo}}`,
        headers: { 'Content-Type': 'application/json' },
      });
      expectProblem(reply, 400, 'malformed-request');
      expect(reply.json.errors[0].field).toBe('upTo');
    }
  });
});

describe('an address', () => {
  test('that is none is 404, whoever asks', async () => {
    for (const path of ['/v1', '/v1/', '/v1/users/', '/v1/nothing', '/nothing', '/V1/users', '/v1/%00', '/v1/users//x'])
      expectProblem(await program.call('GET', path), 404, 'not-found');
  });

  test('that does not know the method says which it knows', async () => {
    const reply = await program.call('PUT', '/v1/users');
    expectProblem(reply, 405, 'method-not-allowed');
    expect(reply.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    const options = await program.call('OPTIONS', '/v1/users');
    expect([options.status, options.headers.get('allow')]).toEqual([204, reply.headers.get('allow')]);
  });

  test('answers HEAD as GET, without the body', async () => {
    const get = await program.call('GET', '/v1/me', { token: ann.token });
    const head = await program.call('HEAD', '/v1/me', { token: ann.token });
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([
      200,
      '',
      String(Buffer.byteLength(get.text)),
    ]);
  });

  test('with a malformed id names it', async () => {
    for (const id of ['x', '1', '%7B%22$ne%22:null%7D', `${ann.id}0`]) {
      const reply = await program.call('GET', `/v1/users/${id}`, { token: ann.token });
      expectProblem(reply, 400, 'malformed-request');
      expect(reply.json.errors[0].field).toBe('userId');
    }
  });

  test('that is no HTTP at all is refused and closed', async () => {
    expect(await raw('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect(await raw('POST /v1/rooms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n')).toMatch(
      /^HTTP\/1.1 (400|501) /,
    );
    expect(await raw('\0\x01\x02')).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('every reply', () => {
  const paths = ['/', '/docs', '/livez', '/metrics', '/v1/me', '/v1/nothing', '/v1/openapi.json'];
  test.each(paths)('of %s keeps browsers from guessing, framing and running anything', async (path) => {
    const { headers } = await program.call('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-request-id')).toBeTruthy();
  });

  test('with something private in it is not to be kept', async () => {
    const { headers } = await program.call('GET', '/v1/me', { token: ann.token });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('gives back a request id, but not one that is none', async () => {
    const ask = async (id: string) =>
      (await program.call('GET', '/livez', { headers: { 'X-Request-Id': id } })).headers.get('x-request-id');
    expect(await ask('my-1')).toBe('my-1');
    expect(await ask('a b')).not.toBe('a b');
    expect(await ask('x'.repeat(101))).not.toContain('xx');
    expect(await ask('a b')).not.toBe(await ask('a b'));
  });

  test('is for pages of the origins in the settings, and of no other', async () => {
    const ask = (Origin: string, method = 'GET', headers = {}) =>
      program.call(method, '/v1/me', { headers: { Origin, ...headers } });
    const good = await ask('https://good.example');
    expect(good.headers.get('access-control-allow-origin')).toBe('https://good.example');
    expect(good.headers.get('access-control-expose-headers')).toContain('X-Position');
    for (const origin of ['null', 'https://good.example.evil.com', 'https://GOOD.example', 'http://good.example'])
      expect((await ask(origin)).headers.get('access-control-allow-origin')).toBeNull();
    const wanted = { 'Access-Control-Request-Method': 'PATCH' };
    const preflight = await ask('https://good.example', 'OPTIONS', wanted);
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      expect.stringContaining('PATCH'),
    ]);
    const refused = await ask('https://evil.example', 'OPTIONS', wanted);
    expect(refused.headers.get('access-control-allow-methods')).toBeNull();
  });

  test('cookies come along from origins that are named, which may send any header', async () => {
    const open = await startProgram({ settings: { CORS_ORIGINS: 'https://good.example,*' } });
    const ask = async (origin: string) =>
      (
        await open.call('OPTIONS', '/v1/me', {
          headers: {
            Origin: origin,
            'Access-Control-Request-Method': 'GET',
            'Access-Control-Request-Headers': 'authorization,bizid',
          },
        })
      ).headers;
    const good = await ask('https://good.example');
    expect([good.get('access-control-allow-credentials'), good.get('access-control-allow-headers')]).toEqual([
      'true',
      'authorization,bizid',
    ]);
    const any = await ask('https://any.example');
    expect(any.get('access-control-allow-origin')).toBe('https://any.example');
    expect(any.get('access-control-allow-credentials')).toBeNull();
    expect(any.get('access-control-allow-headers')).not.toContain('bizid');
    await open.close();
  });

  test('has all headers of the description for a page of another origin, which may send all of them', async () => {
    const open = await startProgram({ settings: { CORS_ORIGINS: '*' } });
    const { components } = (await open.call('GET', '/v1/openapi.json')).json;
    const asked = Object.values(components.parameters as Record<string, { in: string; name: string }>).flatMap((one) =>
      one.in === 'header' ? [one.name] : [],
    );
    const Origin = 'https://any.example';
    const preflight = { Origin, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' };
    const allowed = (await open.call('OPTIONS', '/v1/me', { headers: preflight })).headers;
    expect(allowed.get('access-control-allow-headers')!.split(', ')).toEqual(
      expect.arrayContaining([...asked, 'Authorization', 'Content-Type', 'If-Range']),
    );
    const answered = (await open.call('GET', '/v1/me', { headers: { Origin } })).headers;
    expect(answered.get('access-control-expose-headers')!.split(', ')).toEqual(
      expect.arrayContaining(Object.keys(components.headers)),
    );
    await open.close();
  });
});
