// S25, S26, S40 to S44, S53, S54: whatever a client sends, it is taken as what it says it is, or refused.

import { randomUUID } from 'node:crypto';
import { Collection } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { z } from 'zod';
import { THE_SEALS } from '../../src/domain/streams.ts';
import { inputSchema } from '../../src/http/jsonSchema.ts';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes/index.ts';
import { recorded } from '../support/log.ts';
import { PASSWORD, type Person, type Program, type Reply, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';
import { pair } from '../support/stores.ts';

let program: Program;
let ann: Person;
let ben: Person;
let group: { readonly id: string; readonly number: number };
let room: { readonly id: string; readonly number: number };
let said: { readonly id: string };

beforeAll(async () => {
  program = await startProgram({ settings: { MAX_BODY: '1000000' } });
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
  // Otherwise routes for admins would refuse her before they look at what she sent.
  await program.grant(ann.id, 'admin');
  const make = async (path: string, json: object) =>
    (await program.call('POST', path, { token: ann.token, json })).json;
  group = await make('/v1/groups', { name: 'Team', memberIds: [ben.id] });
  room = await make('/v1/rooms', { name: 'Room' });
  said = await make(`/v1/conversations/${room.id}/messages`, { text: 'Hello' });
});
afterAll(() => program.close());

const head = () => program.services.events.head();
/** What was recorded after a position; the log is sealed by itself. */
const since = async (position: number) =>
  (await program.services.events.readLog(position, 100)).filter(({ stream }) => stream !== THE_SEALS);

type WithBody = Route & { readonly body: z.ZodType; readonly example: object };
const withBody = routes.filter((route): route is WithBody => typeof route.body === 'object');
const reading = routes.filter(({ method }) => method === 'GET');

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const named = <R extends Route>(some: readonly R[]) => some.map((route) => [nameOf(route), route] as const);
const pathOf = ({ path }: Route): string =>
  path
    .replace(':conversationId', path.includes('messages') ? room.id : group.id)
    .replace(':userId', ben.id)
    .replace(':messageId', said.id)
    .replace(':stream', 'numbers-user')
    .replace(/:\w+/g, randomUUID());

const ask = (route: Route, json: unknown, query = ''): Promise<Reply> =>
  program.call(route.method, pathOf(route) + query, { token: ann.token, ...(json === undefined ? {} : { json }) });

/** The fields of a body: all of them, or those that are texts. */
const fieldsOf = ({ body }: WithBody): readonly string[] => Object.keys(inputSchema(body).properties ?? {});
const textsOf = ({ body }: WithBody): readonly string[] =>
  Object.entries(inputSchema(body).properties ?? {})
    .filter(([, field]) => [field, ...(field.anyOf ?? [])].some(({ type, enum: of }) => type === 'string' && !of))
    .map(([name]) => name);

/** A body in which all of these fields have one value. */
const everywhere = (fields: readonly string[], value: unknown): object =>
  Object.fromEntries(fields.map((field) => [field, value]));
/** The fields that a refusal is about. */
const fieldsIn = (problem: Reply['json']): ReadonlySet<string> =>
  new Set(problem.errors.map(({ field }: { field: string }) => field.split('.')[0]));

/** Operators of MongoDB, prototypes and lists in place of a value. */
const operators: readonly unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $where: 'sleep(1000)' },
  ['a', { $expr: 1 }],
  { constructor: { prototype: { isAdmin: true } } },
];

describe('an operator of a database in place of a value', () => {
  const asked: string[] = [];
  type Asking = { readonly collectionName: string; find(...given: unknown[]): unknown };
  /** Where each process asks five times a second for what the others tell, but never for what a client says. */
  const CHANNEL = 'told';

  beforeAll(() => {
    if (pair.views !== 'MongoDB') return;
    const methods = Collection.prototype as unknown as Asking;
    for (const name of [
      'find',
      'findOne',
      'aggregate',
      'updateOne',
      'replaceOne',
      'bulkWrite',
    ] as string[] as 'find'[]) {
      const original = methods[name];
      vi.spyOn(methods, name).mockImplementation(function (this: Asking, ...given) {
        if (this.collectionName !== CHANNEL) asked.push(JSON.stringify(given));
        return original.apply(this, given);
      });
    }
  });
  afterAll(() => {
    vi.restoreAllMocks();
    if (pair.views === 'MongoDB') expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((one) => /\$(?:ne|regex|where|expr)\b/.test(one))).toEqual([]);
  });

  test.each(named(withBody))('%s refuses it in every field', async (_, route) => {
    const before = await head();
    for (const operator of operators) {
      const { status, json } = await ask(route, everywhere(fieldsOf(route), operator));
      expect([operator, status, json.code]).toEqual([operator, 400, 'malformed-request']);
      expect(fieldsIn(json)).toEqual(new Set(fieldsOf(route)));
    }
    expect(await since(before)).toEqual([]);
  });

  test('in a query, a path, a header or a token is refused or only text', async () => {
    const token = ann.token;
    for (const query of ['limit[$ne]=1', 'prefix[$regex]=.*', '$where=1', '__proto__[isAdmin]=1', 'limit=1&limit=2'])
      expect([query, (await program.call('GET', `/v1/users?${query}`, { token })).status]).toEqual([query, 400]);
    const path = `/v1/users/${encodeURIComponent('{"$ne":null}')}`;
    expect((await program.call('GET', path, { token })).status).toBe(400);
    for (const forged of ['{"$ne":null}', '[$ne]', 'undefined', 'null', 'true'])
      expect((await program.call('GET', '/v1/me', { token: forged })).status).toBe(401);
    const Authorization = `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":{"$ne":null}}').toString('base64url')}.`;
    expect((await program.call('GET', '/v1/me', { headers: { Authorization } })).status).toBe(401);
  });

  test('in a frame is refused', async () => {
    const client = await connect({ port: Number(new URL(program.url).port) }, { token: ann.token });
    for (const operator of operators)
      for (const frame of [
        { type: 'send', conversationId: operator, text: 'x' },
        { type: 'send', conversationId: room.id, text: operator },
        { type: 'send', conversationId: room.id, text: 'x', fileId: operator },
        { type: 'read', conversationId: room.id, upTo: operator },
        { type: 'subscribe', conversationIds: [operator] },
      ]) {
        client.send({ ...frame, key: 'k' });
        expect(await client.next('refused')).toMatchObject({ code: 'malformed-request' });
        client.send({ type: 'ping' });
      }
    client.close();
  });

  const dialectBodies: readonly (readonly [string, string, object])[] = [
    ['POST', '/solari/api/login/', { email: 'x', password: 'x' }],
    ['POST', '/solari/api/chats/start/', { user: 1 }],
    ['POST', '/django-chat/api/token/', { email: 'x', password: 'x' }],
    ['POST', '/django-chat/api/groups/create/', { name: 'x', members: [1] }],
    ['POST', '/nargil/cht/api/groups/create/', { group_name: 'x', slug: 'x' }],
    ['POST', '/thanchat/userauth/token/login/', { username: 'x', password: 'x' }],
    ['POST', '/thanchat/chatApp/messages/', { message_text: 'x', chat_room_receiver: 1 }],
    ['POST', '/silicornya/auth/login/', { username: 'x', password: 'x' }],
  ];
  test.each(dialectBodies)('%s %s refuses it in every field', async (method, path, body) => {
    const before = await head();
    for (const field of Object.keys(body)) {
      const json = { ...body, [field]: { $ne: null, $where: '1' } };
      const { status } = await program.call(method, path, { token: ann.token, json });
      expect([400, 401, 404], field).toContain(status);
    }
    expect(await since(before)).toEqual([]);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe('a field that a client may not set', () => {
  const foreign = [
    'id',
    'senderId',
    'is_superuser',
    'roles',
    'role',
    'createdAt',
    'version',
    'deleted',
    'number',
    'at',
  ];

  test.each(named(withBody))('%s refuses it', async (_, route) => {
    const unknown = foreign.filter((one) => !fieldsOf(route).includes(one));
    const { status, json } = await ask(route, { ...route.example, ...everywhere(unknown, 'x') });
    expect(status).toBe(400);
    for (const field of unknown)
      expect(json.errors).toContainEqual(expect.objectContaining({ field, code: 'unknown-field' }));
  });

  const rights = {
    is_superuser: true,
    is_staff: true,
    roles: ['admin'],
    role: 'admin',
    id: 1,
    number: 1,
    deleted: true,
  };
  const registrations: readonly (readonly [string, (name: string) => object])[] = [
    [
      '/solari/api/register/',
      (name) => ({ full_name: 'New One', email: `${name}@x.io`, phone_number: '1234567890', password: PASSWORD }),
    ],
    [
      '/django-chat/api/register/',
      (name) => ({ username: name, email: `${name}@x.io`, first_name: 'A', last_name: 'B', password: PASSWORD }),
    ],
    ['/thanchat/userauth/users/', (name) => ({ username: name, email: `${name}@x.io`, password: PASSWORD })],
    [
      '/silicornya/registration/',
      (name) => ({ username: name, email: `${name}@x.io`, password1: PASSWORD, password2: PASSWORD }),
    ],
  ];
  test.each(registrations)('%s passes it by', async (path, form) => {
    const name = `new-${path.split('/')[1]}`;
    expect((await program.call('POST', path, { json: { ...form(name), ...rights } })).status).toBe(201);
    const json = { login: `${name}@x.io`, password: PASSWORD };
    const { accessToken } = (await program.call('POST', '/v1/sessions', { json })).json;
    const me = (await program.call('GET', '/v1/me', { token: accessToken })).json;
    expect(me.roles).toEqual([]);
    expect(me.number).toBeGreaterThan(2);
  });

  const forged = { sender: 2, sender_user: 2, user: 'ben', timestamp: '2001-01-01T00:00:00Z', avatar_url: 'x', id: 1 };
  test.each([
    ['solari', () => [`/api/solarigroup/${group.number}/messages/`, { content: 'forged solari' }]],
    [
      'django-chat',
      () => [`/api/messages/${group.number}/send/`, { receiver_group: group.number, message: 'forged django-chat' }],
    ],
    ['thanchat', () => ['/chatApp/messages/', { chat_room_receiver: group.number, message_text: 'forged thanchat' }]],
  ] as const)('a message through %s is by who sent it, at the time of the server', async (name, of) => {
    const [path, body] = of() as [string, object];
    const before = Date.now();
    const { status } = await program.call('POST', `/${name}${path}`, {
      token: ann.token,
      json: { ...body, ...forged },
    });
    expect(status).toBe(201);
    const { data, at } = (await recorded(program.services.events, 'MessageSent')).at(-1)!;
    expect(data).toMatchObject({ senderId: ann.id, text: `forged ${name}` });
    expect(Date.parse(data.sentAt ?? at)).toBeGreaterThanOrEqual(before);
  });
});

describe('text', () => {
  const texts = [
    `'; DROP TABLE events; --`,
    '" OR 1=1 /*',
    '{"$where":"1"}',
    '<script>alert(1)</script>',
    'a\0b',
    'half \ud83d of a character',
    'lines\u2028apart\u2029here',
    '👨‍👩‍👧‍👦 𝒳',
    `e${'\u0301'.repeat(150)}`,
    '\u202egnp.exe',
    '__proto__',
    'constructor',
    '{{7*7}} %s %n',
    '../../etc/passwd',
    'http://x/\r\nSet-Cookie: a=b',
  ];
  const kept = withBody.filter(
    (route) => /\/v1\/(me|groups|rooms|conversations)/.test(route.path) && !/password/.test(route.path),
  );

  test.each(named(kept))('%s keeps to the letter, or refuses', async (_, route) => {
    /** Leaves out what is refused, until the rest is taken; undefined: nothing is. */
    const taken = async (fields: readonly string[], text: string): Promise<Reply['json'] | undefined> => {
      if (fields.length === 0) return undefined;
      const body = { ...route.example, memberIds: undefined, ...everywhere(fields, text) };
      const { status, json } = await ask(route, body);
      if (status < 300) return Object.fromEntries(fields.map((field) => [field, json?.[field]]));
      const left = fields.filter((field) => !fieldsIn(json).has(field));
      expect([text, status, left.length < fields.length]).toEqual([text, expect.any(Number), true]);
      return taken(left, text);
    };
    for (const text of texts) {
      const shown = await taken(textsOf(route), text);
      if (/[\0]|\ud83d(?![\udc00-\udfff])/.test(text)) expect(shown).toBeUndefined();
      // A password of a room, for instance, is taken and not shown.
      for (const value of Object.values(shown ?? {})) expect([undefined, text]).toContain(value);
    }
  });

  test.each(named(withBody.filter((route) => textsOf(route).length > 0)))(
    '%s refuses 50,000 characters in a field',
    async (_, route) => {
      const before = await head();
      const fields = textsOf(route);
      const { status, json } = await ask(route, { ...route.example, ...everywhere(fields, `${'a'.repeat(50_000)}!`) });
      expect([status, fieldsIn(json)]).toEqual([400, new Set(fields)]);
      expect(await since(before)).toEqual([]);
    },
  );
});

describe('JSON', () => {
  const send = (body: string, key?: string) =>
    program.call('POST', `/v1/conversations/${room.id}/messages`, {
      token: ann.token,
      body,
      headers: { 'Content-Type': 'application/json', ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
    });

  test('with a field twice says the last of them', async () => {
    expect((await send('{"text":"one","text":"two"}')).json.text).toBe('two');
  });

  test.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('nested 20,000 deep by %s is refused, with a key too', async (open, end) => {
    const deep = `${open.repeat(20_000)}1${end.repeat(20_000)}`;
    for (const key of [undefined, 'deep']) expect((await send(`{"text":${deep}}`, key)).status).toBe(400);
    const dialect = await program.call('POST', `/solari/api/solarigroup/${group.number}/messages/`, {
      token: ann.token,
      body: `{"content":"x","more":${deep}}`,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'deep' },
    });
    expect(dialect.status).toBe(400);
  });
});

describe('a request that a page of another site could make a browser send', () => {
  afterEach(() => program.settled());

  // That the log was read is recorded.
  test.each(named(reading.filter(({ access }) => access !== 'audit')))('%s changes nothing', async (_, route) => {
    const before = await head();
    await ask(route, undefined);
    expect(await since(before)).toEqual([]);
  });

  test.each(named(withBody))('%s takes no body of another type than JSON', async (_, route) => {
    const before = await head();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', '']) {
      const { status } = await program.call(route.method, pathOf(route), {
        token: ann.token,
        body: Buffer.from(JSON.stringify(route.example)),
        headers: { 'Content-Type': type },
      });
      expect([type, status]).toEqual([type, 415]);
    }
    expect(await since(before)).toEqual([]);
  });
});

test('the cursor of one list is refused by another', async () => {
  const get = async (path: string) => program.call('GET', path, { token: ann.token });
  const numbered = (await get('/v1/users?limit=1')).json.next;
  const byName = (await get('/v1/users?prefix=b&limit=1')).json.next ?? Buffer.from('"ben"').toString('base64url');
  expect((await get(`/v1/users?prefix=b&after=${numbered}`)).status).toBe(400);
  for (const path of ['/v1/users', '/v1/conversations', `/v1/conversations/${group.id}/members`])
    expect([path, (await get(`${path}?after=${byName}`)).status]).toEqual([path, 400]);
  expect((await get(`/v1/users?after=${'A'.repeat(5000)}`)).status).toBe(400);
});
