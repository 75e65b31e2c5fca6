// Uploads and downloads.

import { once } from 'node:events';
import { connect } from 'node:net';
import { parse } from 'content-disposition';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { keptContents } from '../support/keptContents.ts';
import { type Call, type Person, type Program, startProgram } from '../support/program.ts';
import { isDistributed } from '../support/stores.ts';

const LIMIT = 600_000;
let program: Program;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  program = await startProgram({ settings: { MAX_UPLOAD: String(LIMIT), MAX_BODY: '10000' } });
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
});
afterAll(() => program.close());

const upload = (body: NonNullable<Call['body']>, name?: string, type = 'application/octet-stream') =>
  program.call('POST', `/v1/files${name === undefined ? '' : `?name=${encodeURIComponent(name)}`}`, {
    token: ann.token,
    body,
    headers: { 'Content-Type': type },
  });
const form = (content: string | Buffer<ArrayBuffer>, name = 'a.txt', more: Record<string, string> = {}) => {
  const data = new FormData();
  for (const [field, value] of Object.entries(more)) data.set(field, value);
  data.set('file', new Blob([content], { type: 'text/plain' }), name);
  return program.call('POST', '/v1/files', { token: ann.token, body: data });
};
const get = (id: string, headers: Record<string, string> = {}, person = ann) =>
  program.call('GET', `/v1/files/${id}`, { token: person.token, headers });

/** For names and headers, which no store sees. */
const onEmbedded = isDistributed ? test.skip : test;

const kept = () => keptContents(program);

const bytes = (length: number, seed = 1) =>
  Buffer.alloc(length, Buffer.from(Array.from({ length: 256 }, (_, i) => i * 31 + seed)));

describe('a file', () => {
  test('comes back to the byte, sent as the body itself', async () => {
    const content = bytes(100_000);
    const { status, json } = await upload(content, 'photo.png', 'image/png');
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: 'photo.png', mediaType: 'image/png', size: 100_000, ownerId: ann.id });
    const response = await fetch(`${program.url}/v1/files/${json.id}`, {
      headers: { Authorization: `Bearer ${ann.token}` },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    expect((await program.call('GET', `/v1/files/${json.id}/info`, { token: ann.token })).json).toEqual(json);
  });

  test('comes back to the byte, sent as a form, whatever other fields there are', async () => {
    const { status, json } = await form('hello', 'grüße.txt', { note: 'x' });
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: 'grüße.txt', mediaType: 'text/plain', size: 5 });
    expect((await get(json.id)).text).toBe('hello');
  });

  onEmbedded('in a part that says no type is a file all the same', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nbytes\r\n--b--\r\n';
    const { status, json } = await upload(body, undefined, 'multipart/form-data; boundary=b');
    expect([status, json.size, json.mediaType]).toEqual([201, 5, 'application/octet-stream']);
  });

  test('may be empty', async () => {
    const { status, json } = await upload('', 'empty');
    expect([status, json.size]).toEqual([201, 0]);
    expect((await get(json.id)).text).toBe('');
    expect((await form('')).json.size).toBe(0);
  });

  test('of the greatest size is taken, and a byte more is refused without a trace', async () => {
    expect((await upload(bytes(LIMIT, 2))).status).toBe(201);
    expect((await form(bytes(LIMIT, 3))).status).toBe(201);
    const before = await kept();
    const chunks = (length: number) =>
      new ReadableStream({
        start: (controller) => {
          for (let at = 0; at < length; at += 10_000) controller.enqueue(bytes(Math.min(10_000, length - at), 4));
          controller.close();
        },
      });
    expect((await upload(chunks(LIMIT))).status).toBe(201);
    const afterChunks = await kept();
    for (const reply of [await upload(bytes(LIMIT + 1)), await upload(chunks(LIMIT + 1)), await form(bytes(LIMIT + 1))])
      expect([reply.status, reply.json.code]).toEqual([413, 'too-large']);
    expect(await kept()).toEqual(afterChunks);
    expect(afterChunks.length).toBeGreaterThan(before.length);
  });

  test('that breaks off leaves nothing behind', async () => {
    const before = await kept();
    const head = await program.services.events.head();
    const port = Number(new URL(program.url).port);
    const multipart = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n';
    for (let i = 0; i < 4; i++) {
      const isForm = i % 2 === 0;
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Length: 500000\r\n` +
          `Content-Type: ${isForm ? 'multipart/form-data; boundary=b' : 'image/png'}\r\n\r\n${isForm ? multipart : ''}`,
      );
      socket.write(bytes(400_000, i));
      await eventually(async () => expect((await kept()).length).toBeGreaterThan(before.length));
      socket.destroy();
      await once(socket, 'close');
      await eventually(async () => expect(await kept()).toEqual(before));
    }
    expect(await program.services.events.head()).toBe(head);
  });

  test('needs somebody signed in, and a form needs one file', async () => {
    const before = await kept();
    const head = await program.services.events.head();
    expect((await program.call('POST', '/v1/files', { body: bytes(1000) })).status).toBe(401);
    const none = new FormData();
    none.set('x', 'y');
    const two = new FormData();
    two.set('a', new Blob(['x-a']), 'a');
    two.set('b', new Blob(['x-b']), 'b');
    for (const body of [none, two]) {
      const reply = await program.call('POST', '/v1/files', { token: ann.token, body });
      expect([reply.status, reply.json.code]).toEqual([400, 'malformed-body']);
    }
    const noBoundary = await upload('xxx', undefined, 'multipart/form-data');
    expect([noBoundary.status, noBoundary.json.code]).toEqual([400, 'malformed-body']);
    const cut = await upload(
      '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nby',
      undefined,
      'multipart/form-data; boundary=b',
    );
    expect([cut.status, cut.json.code]).toEqual([400, 'malformed-body']);
    expect(await kept()).toEqual(before);
    expect(await program.services.events.head()).toBe(head);
  });

  test('in a form that is cut anywhere is refused without a trace', async () => {
    const part = (name: string) => `--b\r\nContent-Disposition: form-data; name="${name}"`;
    const whole = `${part('x')}\r\n\r\ny\r\n${part('f')}; filename="x"\r\n\r\ncut me\r\n--b--`;
    const before = await kept();
    const step = isDistributed ? 9 : 1;
    // Sent up to the boundary that ends the file.
    for (let length = 0; length < whole.lastIndexOf('--'); length += step) {
      const { status, json } = await upload(whole.slice(0, length), undefined, 'multipart/form-data; boundary=b');
      expect([length, status, json.code]).toEqual([length, 400, 'malformed-body']);
    }
    await eventually(async () => expect(await kept()).toEqual(before));
    expect((await upload(whole, undefined, 'multipart/form-data; boundary=b')).status).toBe(201);
  });

  onEmbedded('keeps of its name what is safe', async () => {
    const names: [string, string][] = [
      ['../../etc/passwd', 'passwd'],
      ['..\\..\\boot.ini', 'boot.ini'],
      ['/abs/olute', 'olute'],
      ['a\0b\r\nSet-Cookie: x', 'abSet-Cookie: x'],
      ['\u202Egnp.exe', 'gnp.exe'],
      ['x'.repeat(300), 'x'.repeat(200)],
      ['"quoted", 100%25 é.txt', '"quoted", 100%25 é.txt'],
      [`${'\u{1F600}'.repeat(500)}.png`, `${'\u{1F600}'.repeat(196)}.png`],
    ];
    for (const [name, safe] of names) {
      const { json } = await upload('x', name);
      expect(json.name).toBe(safe);
      const { headers } = await get(json.id);
      expect(headers.get('set-cookie')).toBeNull();
      expect(parse(headers.get('content-disposition')!).parameters.filename).toBe(safe);
    }
  });

  onEmbedded('that could run in a browser is only ever downloaded', async () => {
    for (const type of [
      'text/html',
      'image/svg+xml',
      'application/xml',
      'text/plain',
      'application/pdf',
      'x',
      'IMAGE/SVG+XML; a',
    ]) {
      const { json } = await upload('<script>alert(1)</script>', 'x.html', type);
      const { headers } = await get(json.id);
      expect([type, headers.get('content-type')]).toEqual([type, 'application/octet-stream']);
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename=x\.html$/);
      expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const { json } = await upload('GIF89a<script>', 'a.gif', 'image/gif');
    const { headers } = await get(json.id);
    expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual(['image/gif', 'nosniff']);
    expect(headers.get('content-disposition')).toMatch(/^inline/);
  });

  test('is for its owner, and for who may read where it was sent', async () => {
    const { id } = (await upload('secret plan', 'plan.txt')).json;
    expect((await get(id, {}, bob)).json.code).toBe('file-unknown');
    expect((await program.call('GET', `/v1/files/${id}`)).status).toBe(401);
    const group = (
      await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Plans', memberIds: [bob.id] } })
    ).json;
    const stolen = { token: bob.token, json: { fileId: id } };
    expect((await program.call('POST', `/v1/conversations/${group.id}/messages`, stolen)).json.code).toBe(
      'file-unknown',
    );
    const sent = await program.call('POST', `/v1/conversations/${group.id}/messages`, {
      token: ann.token,
      json: { fileId: id },
    });
    expect(sent.json).toMatchObject({ kind: 'document', text: '', file: { id, name: 'plan.txt', size: 11 } });
    expect((await get(id, {}, bob)).text).toBe('secret plan');
    await program.call('DELETE', `/v1/conversations/${group.id}/members/${bob.id}`, { token: ann.token });
    expect((await get(id, {}, bob)).status).toBe(404);
  });
});

describe('a range', () => {
  let id: string;
  beforeAll(async () => {
    id = (await upload('0123456789', 'digits')).json.id;
  });

  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=5-', '56789', 'bytes 5-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-999999', '89', 'bytes 8-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
    ['BYTES=,0-3,', '0123', 'bytes 0-3/10'],
    [`bytes=0-${'9'.repeat(400)}`, '0123456789', 'bytes 0-9/10'],
  ])('%s gives that part', async (Range, text, contentRange) => {
    const reply = await get(id, { Range });
    expect([reply.status, reply.text, reply.headers.get('content-range'), reply.headers.get('content-length')]).toEqual(
      [206, text, contentRange, String(text.length)],
    );
  });

  onEmbedded.each([
    'bytes=0-1,3-4',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=-',
    'lines=0-1',
    `bytes=${'0-1,'.repeat(1000)}0-1`,
  ])('%s is passed by', async (Range) => {
    const reply = await get(id, { Range });
    expect([reply.status, reply.text]).toEqual([200, '0123456789']);
  });

  onEmbedded.each(['bytes=10-', 'bytes=999-1000', 'bytes=-0'])('%s cannot be', async (Range) => {
    const reply = await get(id, { Range });
    expect([reply.status, reply.json.code, reply.headers.get('content-range')]).toEqual([
      416,
      'range-not-satisfiable',
      'bytes */10',
    ]);
  });

  onEmbedded('of another content is the whole', async () => {
    const tag = (await get(id)).headers.get('etag')!;
    for (const other of ['"other"', `W/${tag}`, 'Sat, 29 Nov 2025 12:00:00 GMT'])
      expect((await get(id, { Range: 'bytes=0-1', 'If-Range': other })).text).toBe('0123456789');
    expect((await get(id, { Range: 'bytes=0-1', 'If-Range': tag })).text).toBe('01');
  });

  onEmbedded('of nothing is nothing, and its first byte cannot be', async () => {
    const { id: empty } = (await upload('', 'nothing')).json;
    const last = await get(empty, { Range: 'bytes=-5' });
    expect([last.status, last.headers.get('content-length')]).toEqual([200, '0']);
    expect((await get(empty, { Range: 'bytes=0-' })).status).toBe(416);
  });

  onEmbedded('is served by every API, and never to a HEAD', async () => {
    const wish = { name: 'Files', slug: 'files', public: true };
    const { id: group, number } = (await program.call('POST', '/v1/groups', { token: ann.token, json: wish })).json;
    await program.call('POST', `/v1/conversations/${group}/messages`, { token: ann.token, json: { fileId: id } });
    const asked = async (path: string) => (await program.call('GET', path, { token: ann.token })).json;
    const [solari] = await asked(`/solari/api/solarigroup/${number}/messages/`);
    const [django] = await asked(`/django-chat/api/messages/${number}/`);
    const { messages } = await asked(`/nargil/cht/api/groups/${group}/chat/`);
    for (const address of [`/v1/files/${id}`, solari.file, django.file, messages[0].file]) {
      const path = address.replace(program.url, '');
      const ask = (method: string, Range: string) =>
        program.call(method, path, { token: ann.token, headers: { Range } });
      const [part, beyond] = [await ask('GET', 'bytes=2-3'), await ask('GET', 'bytes=10-')];
      expect([path, part.status, part.text, part.headers.get('content-range')]).toEqual([
        path,
        206,
        '23',
        'bytes 2-3/10',
      ]);
      expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
      for (const Range of ['bytes=2-3', 'bytes=10-']) {
        const { status, headers } = await ask('HEAD', Range);
        expect([status, headers.get('content-length'), headers.get('content-range')]).toEqual([200, '10', null]);
      }
    }
  });

  test('nor anything else is sent to who has the content already', async () => {
    const { headers } = await get(id);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    const again = await get(id, { 'If-None-Match': headers.get('etag')! });
    expect([again.status, again.text]).toEqual([304, '']);
    const any = await get(id, { 'If-None-Match': `"other", W/${headers.get('etag')}` });
    expect([any.status, any.text]).toEqual([304, '']);
    const head = await program.call('HEAD', `/v1/files/${id}`, { token: ann.token });
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '10', '']);
  });
});
