// Bad frames harm nobody but who sends them.

import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, connect, listening, type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
let server: SocketServer;
let ann: Person;
let bystander: Client;

beforeAll(async () => {
  program = await startProgram({ settings: { MAX_FRAME: '65536', LIMITS: 'on' } });
  server = await startSockets(program);
  ann = await program.person('ann');
  bystander = await listening(server, ann.token);
});

afterAll(async () => {
  bystander.send({ type: 'ping', key: 'unharmed' });
  await bystander.next('pong', { key: 'unharmed' });
  bystander.close();
  await server.close();
  await program.close();
});

const open = async (): Promise<Client> => {
  const client = await connect(server, { token: ann.token });
  await client.next('ready');
  return client;
};

describe('a frame that is none', () => {
  test.each([
    ['no JSON', '{"type":', 'malformed-json', undefined],
    ['a number', '7', 'malformed-request', undefined],
    ['null', 'null', 'malformed-request', undefined],
    ['a list', '[]', 'malformed-request', undefined],
    ['lists in lists', '['.repeat(400) + ']'.repeat(400), 'malformed-request', undefined],
    ['lists beyond all depth', '['.repeat(30_000) + ']'.repeat(30_000), 'malformed-json', undefined],
    ['values beyond all number', `[${'1,'.repeat(30_000)}1]`, 'malformed-json', undefined],
    ['cut in its text', '{"type":"send","key":"k","text":"hel', 'malformed-json', 'k'],
    ['cut after its key', '{"type":"send", "key" : "k"', 'malformed-json', 'k'],
    ['no JSON behind its key', '{"key":"k","text":"a \\"key\\":\\"x\\" b",\'type\':1}', 'malformed-json', 'k'],
    ['a key cut off', '{"type":"ping","key":"k', 'malformed-json', undefined],
    ['a key of another object', '{"a":{"key":"x"},"b":["key"],"c":"key"', 'malformed-json', undefined],
    ['a key that is no JSON', '{"key":"\\q"}', 'malformed-json', undefined],
    ['a key that is its number', '{"type":"ping","key":7}', 'malformed-request', 7],
    ['a key with spaces', '{"type":"ping","key":"k 1"}', 'malformed-request', 'k 1'],
    ['an empty key', '{"type":"ping","key":""}', 'malformed-request', ''],
    ['a key behind too much', `{"x":${'['.repeat(600)}${']'.repeat(600)},"key":"k"}`, 'malformed-json', 'k'],
    ['a key behind too many', `{"x":[${'1,'.repeat(2000)}1],"key":"k"}`, 'malformed-json', 'k'],
    ['no type', '{"key":"k"}', 'malformed-request', 'k'],
    ['an unknown type', '{"type":"launch","key":"k"}', 'malformed-request', 'k'],
    ['an unknown field', '{"type":"ping","key":"k","extra":1}', 'malformed-request', 'k'],
    ['a prototype', '{"type":"ping","key":"k","__proto__":{"isAdmin":true}}', 'malformed-request', 'k'],
    ['a constructor', '{"type":"ping","key":"k","constructor":{"prototype":{}}}', 'malformed-request', 'k'],
    ['a type of the prototype', '{"type":"__proto__","key":"k"}', 'malformed-request', 'k'],
    ['a huge key', `{"type":"ping","key":"${'k'.repeat(5000)}"}`, 'malformed-request', 'k'.repeat(5000)],
    ['a key that is no text', '{"type":"ping","key":{"a":1}}', 'malformed-request', undefined],
    [
      'an operator for an id',
      '{"type":"send","key":"k","conversationId":{"$ne":null},"text":"x"}',
      'malformed-request',
      'k',
    ],
    [
      'no key to send by',
      '{"type":"send","conversationId":"00000000-0000-4000-8000-000000000000","text":"x"}',
      'malformed-request',
      undefined,
    ],
    [
      'a sender of its own',
      '{"type":"send","key":"k","conversationId":"00000000-0000-4000-8000-000000000000","text":"x","senderId":"y"}',
      'malformed-request',
      'k',
    ],
    ['a position that is none', '{"type":"subscribe","key":"k","after":-1}', 'malformed-request', 'k'],
    ['a position of nowhere', '{"type":"subscribe","key":"k","after":9007199254740991}', 'position-unknown', 'k'],
    [
      'too long a text',
      JSON.stringify({
        type: 'send',
        key: 'k',
        conversationId: '00000000-0000-4000-8000-000000000000',
        text: 'x'.repeat(8001),
      }),
      'malformed-request',
      'k',
    ],
    [
      'text with half a character',
      '{"type":"send","key":"k","conversationId":"00000000-0000-4000-8000-000000000000","text":"\\ud800"}',
      'malformed-request',
      'k',
    ],
  ])('%s is refused, and the socket stays', async (_, text, code, key) => {
    const client = await open();
    client.ws.send(text);
    const refused = await client.next('refused');
    expect(refused).toMatchObject({ code });
    expect(refused.key).toBe(key);
    client.send({ type: 'ping' });
    await client.next('pong');
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    client.close();
    await client.closed;
  });

  test.each([
    ['7', undefined, 'A frame is an object, with a type that the socket knows.'],
    ['{"type":"launch"}', 'type', 'A frame is an object, with a type that the socket knows.'],
    ['{"type":"read","upTo":1}', 'conversationId', 'This field is missing.'],
    ['{"type":"ping","extra":1}', 'extra', 'There is no such field.'],
  ])('%s: the refusal says what is wrong, and where', async (text, field, message) => {
    const client = await open();
    client.ws.send(text);
    const refused = await client.next('refused');
    expect([refused.code, refused.field, refused.message]).toEqual(['malformed-request', field, message]);
    client.close();
    await client.closed;
  });

  test('twenty in a row end the socket; nineteen and a good one do not', async () => {
    const client = await open();
    for (let i = 0; i < 19; i++) client.ws.send('?');
    client.send({ type: 'ping', key: 'good' });
    await client.next('pong', { key: 'good' });
    for (let i = 0; i < 20; i++) client.ws.send('?');
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  test('binary frames are not spoken here', async () => {
    const client = await open();
    client.ws.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect(await client.closed).toMatchObject({ code: 1003 });
  });

  test('a frame at the limit is read, one beyond it ends the socket', async () => {
    const client = await open();
    const ping = JSON.stringify({ type: 'ping' });
    client.ws.send(ping.padEnd(65_536));
    await client.next('pong');
    client.ws.send(ping.padEnd(65_537));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  test('thousands of fragments end the socket', async () => {
    const client = await open();
    for (let i = 0; i < 5000; i++) client.ws.send('', { fin: false });
    expect((await client.closed).code).toBe(1008);
  });
});

describe('too many frames', () => {
  test('are refused first, then the socket is closed', async () => {
    const client = await open();
    for (let i = 0; i < 1000; i++) client.send({ type: 'ping', key: `k${i}` });
    expect(await client.closed).toMatchObject({ code: 1008 });
    const pongs = client.frames.filter(({ type }) => type === 'pong').length;
    const refused = client.frames.filter(({ type }) => type === 'refused');
    expect(pongs).toBeGreaterThanOrEqual(200);
    expect(pongs).toBeLessThan(400);
    expect(refused.length).toBeGreaterThan(50);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['too-many-frames']));
  });

  test('pings count as well', async () => {
    const client = await open();
    for (let i = 0; i < 2000; i++) client.ws.ping();
    expect([1006, 1008]).toContain((await client.closed).code);
  });

  test('of all sockets of an account together are refused, then the socket that goes on is closed, and nobody else’s', async () => {
    const few = await startProgram({ settings: { LIMITS: 'on', LIMIT_ACCOUNT_FRAMES: '100/10000' } });
    const serving = await startSockets(few);
    const [cleo, dan] = await Promise.all(['cleo', 'dan'].map((name) => few.person(name)));
    const [one, two, other] = await Promise.all([cleo!, cleo!, dan!].map(({ token }) => connect(serving, { token })));
    const ping = async (client: Client, count: number): Promise<readonly string[]> => {
      const before = client.frames.length;
      for (let i = 0; i < count; i++) client.send({ type: 'ping' });
      await expect.poll(() => client.frames.length).toBe(before + count);
      return client.frames.slice(before).map(({ type, code }) => code ?? type);
    };
    for (const client of [one!, two!, other!]) await client.next('ready');
    expect(new Set(await ping(one!, 60))).toEqual(new Set(['pong']));
    const answers = await ping(two!, 60);
    expect(answers.filter((answer) => answer === 'too-many-frames')).toHaveLength(20);
    expect(await ping(one!, 1)).toEqual(['too-many-frames']);
    for (let i = 0; i < 40; i++) two!.send({ type: 'ping' });
    expect(await two!.closed).toMatchObject({ code: 1008 });
    expect(await ping(other!, 60)).not.toContain('too-many-frames');
    expect(one!.ws.readyState).toBe(one!.ws.OPEN);
    for (const { ws } of [one!, two!, other!]) ws.terminate();
    await serving.close();
    await few.close();
  });
});

const HANDSHAKE = (port: number, token: string): string =>
  [
    'GET /v1/socket HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${token}`,
    '\r\n',
  ].join('\r\n');

/** A masked frame of a client, by its first byte and payload. */
const masked = (first: number, payload: Uint8Array, length = payload.length): Buffer =>
  Buffer.concat([Buffer.from([first, 0x80 | length, 0, 0, 0, 0]), payload]);

const bytes = (...values: number[]): Buffer => Buffer.from(values);

/** Sends `data` after the handshake; the code the server closes with, undefined if it only hangs up. */
const closeCodeAfter = async (data: Buffer): Promise<number | undefined> => {
  const socket: Socket = connectTcp(server.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.write(HANDSHAKE(server.port, ann.token));
  let isSent = false;
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    if (end === -1) continue;
    // The first frame is `ready`; the close frame is the one with 0x88.
    if (!isSent) {
      isSent = true;
      socket.write(data);
    }
    const close = all.indexOf(0x88, end + 4);
    if (close !== -1 && all.length >= close + 4) {
      socket.destroy();
      return all[close + 1]! >= 2 ? all.readUInt16BE(close + 2) : undefined;
    }
  }
  return undefined;
};

describe('broken bytes', () => {
  test.each([
    ['a reserved bit', masked(0xc1, bytes()), 1002],
    ['another reserved bit', masked(0xa1, bytes()), 1002],
    ['an unknown opcode', masked(0x83, bytes()), 1002],
    ['an unknown control opcode', masked(0x8b, bytes()), 1002],
    ['an unmasked frame', bytes(0x81, 0x02, 0x7b, 0x7d), 1002],
    ['a fragmented ping', masked(0x09, bytes()), 1002],
    ['a ping of more than 125 bytes', Buffer.concat([bytes(0x89, 0xfe, 0, 126, 0, 0, 0, 0), Buffer.alloc(126)]), 1002],
    ['a continuation of nothing', masked(0x80, bytes()), 1002],
    ['a new message inside another', Buffer.concat([masked(0x01, bytes(0x61)), masked(0x81, bytes(0x62))]), 1002],
    ['a close of one byte', masked(0x88, bytes(0x03)), 1002],
    ['a close with a code nobody may send', masked(0x88, bytes(0x03, 0xed)), 1002],
    ['a close with a reason that is no UTF-8', masked(0x88, bytes(0x03, 0xe8, 0xc3, 0x28)), 1007],
    ['text that is no UTF-8', masked(0x81, bytes(0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xed, 0xa0, 0x80)), 1007],
    ['UTF-8 broken by the end', Buffer.concat([masked(0x01, bytes(0xf0, 0x9f)), masked(0x80, bytes(0x98))]), 1007],
    ['a length of 2^63', bytes(0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 1009],
    ['a length beyond the limit', bytes(0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0), 1009],
  ])('%s', async (_, data, code) => {
    expect(await closeCodeAfter(data)).toBe(code);
  });

  test('a peer that hangs up in the middle of a frame is forgotten', async () => {
    const socket = connectTcp(server.port, '127.0.0.1');
    socket.write(HANDSHAKE(server.port, ann.token));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(bytes(0x81, 0xfe, 0x10));
    socket.resetAndDestroy();
    // The bystander stays.
    await expect.poll(() => server.sockets.size).toBe(1);
  });
});
