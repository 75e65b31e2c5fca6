// What every dialect does alike, seen on the wire of one made for the purpose.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titleOf } from '../../../src/api/failureCodes.ts';
import { sendMessage } from '../../../src/commands/sendMessage.ts';
import { startDirectChat } from '../../../src/commands/startDirectChat.ts';
import { ApiError, noMatch } from '../../../src/dialects/django/apiErrors.ts';
import { django } from '../../../src/dialects/django/django.ts';
import { char, integer, invalidPk, primaryKeyOrNull } from '../../../src/dialects/django/fields.ts';
import { blindRoute, created, noContent, ok, openRoute, route } from '../../../src/dialects/django/route.ts';
import { basicOr, bearerScheme, tokenScheme } from '../../../src/dialects/django/schemes.ts';
import { Refused } from '../../../src/domain/refused.ts';
import { Unavailable } from '../../../src/store/ports.ts';
import { type Served, serveDialects } from './served.ts';

const note = { title: char({ max: 20 }), size: integer().default(1), parent: primaryKeyOrNull() };

const notes = django({
  name: 'notes',
  scheme: tokenScheme,
  fieldNames: { email: 'mail' },
  routes: [
    openRoute('/api/open/', { GET: async ({ user }) => ok({ user: user?.names.username ?? null }) }),
    blindRoute('/api/blind/', { POST: async ({ user }) => ok({ user: user ?? null }) }),
    route('/api/notes/', {
      GET: async (request) => ok([request.query('q') ?? null, 'سلام\u2028']),
      POST: async (request) =>
        created(await request.validate(note, { parent: async (id) => (id === 1 ? [] : [invalidPk(id)]) })),
    }),
    route('/api/notes/<int:id>/', {
      GET: async ({ params }) => {
        if (params.id !== 1) throw noMatch('Note');
        return ok({ id: params.id });
      },
      PATCH: async (request) => ok(await request.validateChange(note)),
      DELETE: async () => noContent,
    }),
    route('/api/by/<str:id>/<slug:slug>', { GET: async ({ params }) => ok(params) }),
    route('/api/function/', { GET: async () => ok({}) }, { hasHead: false }),
    route('/api/refused/<str:code>/', {
      GET: async ({ params }) => {
        throw new Refused(params.code as never, 'email', [{ code: 'username-taken', field: 'username' }]);
      },
    }),
    route('/api/broken/', {
      GET: async () => {
        throw new Error('a secret');
      },
    }),
    route('/api/away/', {
      GET: async () => {
        throw new Unavailable('events');
      },
    }),
    route('/api/files/', {
      POST: async (request) => {
        const { files } = await request.bodyWithFiles('picture');
        const { title } = await request.validate(note);
        return created({
          title,
          files: files.length,
          url: request.absolute('/media/x'),
          local: request.local('/media/x'),
        });
      },
    }),
    route('/api/say/<int:number>/', {
      POST: async (request) => {
        const to = await request.services.queries.userNumbered(request.params.number);
        const { conversationId } = await request.perform(startDirectChat, { userId: to!.id });
        const { messageId } = await request.perform(sendMessage, { conversationId, text: 'hi' });
        return created({ messageId, seen: (await request.services.queries.message(messageId)) !== undefined });
      },
    }),
    openRoute('/api/login/', { POST: async () => ok({ key: 1, both: 'notes' }) }, { shared: 'merged' }),
    openRoute(
      '/api/register/',
      { POST: async (request) => ok({ notes: await request.body() }) },
      { shared: (body) => body.kind === 'json' && Object.hasOwn(body.data as object, 'note') },
    ),
    openRoute(
      '/api/refuse/',
      {
        POST: async () => {
          throw new ApiError(401, { message: 'no' });
        },
      },
      { shared: 'merged' },
    ),
  ],
});

const cards = django({
  name: 'cards',
  scheme: (services) => bearerScheme(services),
  routes: [
    route('/api/cards/', { GET: async ({ user }) => ok({ id: user.number }) }),
    openRoute('/api/login/', { POST: async () => ok({ token: 2, both: 'cards' }) }, { shared: 'merged' }),
    openRoute(
      '/api/register/',
      { POST: async () => ok({ cards: true }) },
      { shared: (body) => body.kind === 'json' && Object.hasOwn(body.data as object, 'card') },
    ),
    openRoute(
      '/api/refuse/',
      {
        POST: async () => {
          throw new ApiError(400, { detail: ['no'] });
        },
      },
      { shared: 'merged' },
    ),
  ],
});

const basic = django({
  name: 'basic',
  scheme: (services) => basicOr(services, tokenScheme(services)),
  wrap: ({ status, body }) => ({ status, error: body }),
  routes: [route('/basics/', { GET: async ({ user }) => ok({ id: user.number }) })],
});

let served: Served;
let ann: Awaited<ReturnType<Served['account']>>;

beforeAll(async () => {
  served = await serveDialects([notes, cards, basic]);
  ann = await served.account('ann');
});
afterAll(async () => await served.close());

const call = async (method: string, path: string, init: RequestInit & { token?: string } = {}) => {
  const { token, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (token !== undefined) headers.set('Authorization', token);
  const response = await fetch(served.url + path, { ...rest, method, headers });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
};
const asAnn = (init: RequestInit = {}) => ({ ...init, token: `Token ${ann.key}` });
const json = (value: unknown) => ({ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });
const raw = (body: string | Uint8Array, type = 'application/json') => ({
  headers: { 'Content-Type': type },
  body: body as string,
});

describe('a path', () => {
  it('is served with and without its last slash', async () => {
    expect((await call('GET', '/api/open/')).status).toBe(200);
    expect((await call('GET', '/api/open')).status).toBe(200);
    expect((await call('POST', '/api/notes', asAnn(json({ title: 'a' })))).status).toBe(201);
  });

  it('is served under the prefix of its dialect, and the other dialects are not', async () => {
    expect((await call('GET', '/notes/api/open/')).status).toBe(200);
    expect((await call('GET', '/cards/api/open/')).status).toBe(404);
  });

  it.each([
    '/api/nothing/',
    '/api/notes/abc/',
    '/api/notes/-1/',
    '/api/notes//',
    '/api/notes/99999999999999999999/',
    '/api/%ff/',
    '/api/by/1/x.y',
    '/notes/',
    '/api',
  ])('that no route has is a page, whatever the credentials: %s', async (path) => {
    const { status, headers, text } = await call('GET', path, {
      token: 'Token nonsense',
      headers: { Accept: 'application/json' },
    });
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('<h1>Not Found</h1><p>The requested resource was not found on this server.</p>');
  });

  it('is left to the native API where no dialect begins alike', async () => {
    expect((await call('GET', '/elsewhere/')).headers.get('content-type')).toBe('application/problem+json');
  });

  it('gives its parameters typed', async () => {
    expect((await call('GET', '/api/by/x.y/a-b_c', asAnn())).body).toEqual({ id: 'x.y', slug: 'a-b_c' });
    expect((await call('GET', '/api/notes/001/', asAnn())).body).toEqual({ id: 1 });
  });
});

describe('the order of refusals', () => {
  it('credentials come before the method, and the method before the body', async () => {
    const malformed = raw('{');
    expect((await call('PUT', '/api/notes/', malformed)).status).toBe(401);
    expect((await call('POST', '/api/notes/', malformed)).status).toBe(401);
    const put = await call('PUT', '/api/notes/', asAnn(malformed));
    expect(put).toMatchObject({ status: 405, body: { detail: 'Method "PUT" not allowed.' } });
    expect(put.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
  });

  it('a token that is not good refuses an open route, but not one that does not ask', async () => {
    expect(await call('GET', '/api/open/', { token: 'Token stale' })).toMatchObject({
      status: 401,
      body: { detail: 'Invalid token.' },
    });
    expect((await call('POST', '/api/blind/', { token: 'Token stale' })).body).toEqual({ user: null });
    expect((await call('POST', '/api/blind/', asAnn())).body).toEqual({ user: null });
  });

  it('a route that does not look at its body takes a malformed one', async () => {
    expect((await call('DELETE', '/api/notes/1/', asAnn(raw('{')))).status).toBe(204);
  });
});

describe('credentials', () => {
  it.each([
    ['none', undefined],
    ['of another kind', 'Digest x'],
    ['a bearer token that is not good', 'Bearer nonsense'],
  ])('%s: not provided', async (_, token) => {
    const { status, headers, body } = await call('GET', '/api/notes/', token === undefined ? {} : { token });
    expect({ status, body }).toEqual({
      status: 401,
      body: { detail: 'Authentication credentials were not provided.' },
    });
    expect(headers.get('www-authenticate')).toBe('Token');
  });

  it.each([
    ['Token', 'Invalid token header. No credentials provided.'],
    ['token', 'Invalid token header. No credentials provided.'],
    ['Token a b', 'Invalid token header. Token string should not contain spaces.'],
    ['TOKEN abc', 'Invalid token.'],
    [`Token ${'0'.repeat(40)}`, 'Invalid token.'],
  ])('the header %j is refused with %j', async (token, text) => {
    expect((await call('GET', '/api/notes/', { token })).body).toEqual({ detail: text });
  });

  it('any good token signs in under either keyword, in every dialect', async () => {
    for (const path of ['/api/notes/', '/api/cards/', '/basics/'])
      for (const keyword of ['Token', 'Bearer', 'token', 'bearer'])
        for (const token of [ann.key, ann.accessToken])
          expect((await call('GET', path, { token: `${keyword}  ${token}` })).status).toBe(200);
  });

  it('a bearer token that is not good is refused in the words of simplejwt', async () => {
    const refused = async (token: string) => (await call('GET', '/api/cards/', { token })).body;
    const words = (message: string) => ({
      detail: 'Given token not valid for any token type',
      code: 'token_not_valid',
      messages: [{ token_class: 'AccessToken', token_type: 'access', message }],
    });
    expect(await refused('Bearer nonsense')).toEqual(words('Token is invalid or expired'));
    expect(await refused(`Bearer ${ann.refreshToken}`)).toEqual(words('Token has wrong type'));
    expect(await refused('Bearer')).toEqual({
      detail: 'Authorization header must contain two space-delimited values',
      code: 'bad_authorization_header',
    });
    expect(await refused('bearer nonsense')).toEqual({ detail: 'Authentication credentials were not provided.' });
    const { headers } = await call('GET', '/api/cards/');
    expect(headers.get('www-authenticate')).toBe('Bearer realm="api"');
  });

  it('a username and password sign in where a dialect takes them', async () => {
    const basicOf = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect((await call('GET', '/basics/', { token: basicOf('ann:pw-of-them') })).body).toEqual({ id: ann.number });
    const wrong = await call('GET', '/basics/', { token: basicOf('ann:other') });
    expect(wrong.body).toEqual({ status: 401, error: { detail: 'Invalid username/password.' } });
    expect(wrong.headers.get('www-authenticate')).toBe('Basic realm="api"');
    const text = async (token: string) => (await call('GET', '/basics/', { token })).text;
    for (const [malformed, reason] of [
      ['Basic', 'No credentials provided.'],
      ['basic a b', 'Credentials string should not contain spaces.'],
      ['Basic %', 'Credentials not correctly base64 encoded.'],
    ] as const)
      expect(await text(malformed)).toContain(`Invalid basic header. ${reason}`);
  });
});

describe('an answer', () => {
  const asking = async (Accept: string) => (await call('GET', '/api/cards/', { headers: { Accept } })).status;

  it('is JSON, for all who take that or a page', async () => {
    for (const accept of ['*/*', '', 'Application/JSON; indent=4', 'image/png, text/html;q=0.1', 'application/*'])
      expect(await asking(accept)).toBe(401);
  });

  it('that would be of no type the client takes is refused before all else', async () => {
    const refused = await call('GET', '/api/cards/', { headers: { Accept: 'image/png, text/plain' } });
    expect([refused.status, refused.body]).toEqual([406, { detail: 'Could not satisfy the request Accept header.' }]);
  });
});

describe('bodies', () => {
  it('JSON, a urlencoded form and a multipart form are taken alike', async () => {
    const form = new FormData();
    form.set('title', ' a ');
    form.set('parent', '');
    form.set('picture', new File(['x'], 'x.png'));
    const answers = [
      await call('POST', '/api/notes/', asAnn(json({ title: ' a ', parent: null, other: 1 }))),
      await call('POST', '/api/notes/', asAnn({ body: new URLSearchParams('title=z&title=+a+&parent=') })),
      await call('POST', '/api/notes/', asAnn({ body: form })),
    ];
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 201, body: { title: 'a', size: 1, parent: null } });
  });

  it('an empty body is an empty object', async () => {
    const required = { title: ['This field is required.'] };
    expect((await call('POST', '/api/notes/', asAnn())).body).toEqual(required);
    expect((await call('POST', '/api/notes/', asAnn(raw('')))).body).toEqual(required);
    expect((await call('PATCH', '/api/notes/1/', asAnn())).body).toEqual({});
  });

  it('a multipart body in which the boundary never comes is an empty form', async () => {
    const body = raw('title=a', 'multipart/form-data; boundary=b');
    expect(await call('POST', '/api/notes/', asAnn(body))).toMatchObject({
      status: 400,
      body: { title: ['This field is required.'] },
    });
  });

  it.each<[string, string | Uint8Array, string, number, string]>([
    [
      'malformed JSON',
      '{"a":1,}',
      'application/json',
      400,
      'JSON parse error - Expecting property name enclosed in double quotes: line 1 column 8 (char 7)',
    ],
    [
      'bytes that are no text',
      Uint8Array.of(0xff),
      'application/json',
      400,
      "JSON parse error - 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ],
    [
      'another type',
      'x',
      'text/plain;charset=UTF-8',
      415,
      'Unsupported media type "text/plain;charset=UTF-8" in request.',
    ],
    [
      'a multipart body that ends in a part',
      '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nx',
      'multipart/form-data; boundary=b',
      400,
      'Multipart form parse error - Invalid multipart body',
    ],
    [
      'a form without boundary',
      'x',
      'multipart/form-data',
      400,
      'Multipart form parse error - Invalid boundary in multipart: None',
    ],
  ])("%s is refused in the framework's words", async (_, body, type, status, text) => {
    expect(await call('POST', '/api/notes/', asAnn(raw(body, type)))).toMatchObject({ status, body: { detail: text } });
  });

  it('all fields are checked and told together, with what is asked of the outside', async () => {
    expect(
      await call('POST', '/api/notes/', asAnn(json({ title: 'x'.repeat(21), size: 'x', parent: 999 }))),
    ).toMatchObject({
      status: 400,
      text: '{"title":["Ensure this field has no more than 20 characters."],"size":["A valid integer is required."],"parent":["Invalid pk \\"999\\" - object does not exist."]}',
    });
  });

  it('a body that is too large is refused', async () => {
    expect((await call('POST', '/api/notes/', asAnn(json({ title: 'x'.repeat(300_000) })))).status).toBe(413);
  });

  it('files of a form are stored where a route wants them', async () => {
    const form = new FormData();
    form.set('picture', new File(['x'], 'x.png'));
    form.set('other', new File(['y'], 'y.png'));
    form.set('title', 'a');
    const { body } = await call('POST', '/notes/api/files/', asAnn({ body: form }));
    expect(body).toEqual({ title: 'a', files: 1, url: `${served.url}/notes/media/x`, local: '/notes/media/x' });
  });
});

describe('answers', () => {
  it('are compact JSON with the headers of the framework', async () => {
    const { headers, text } = await call('GET', '/api/notes/?q=1&q=2', asAnn());
    expect(text).toBe('["2","سلام\\u2028"]');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json',
      vary: 'Accept, Origin',
      allow: 'GET, POST, HEAD, OPTIONS',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
  });

  it('HEAD is GET without its body, where the dialect has it', async () => {
    const head = await call('HEAD', '/api/notes/', asAnn());
    const get = await call('GET', '/api/notes/', asAnn());
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    const none = await call('HEAD', '/api/function/', asAnn());
    expect(none.status).toBe(405);
    expect(none.headers.get('allow')).toBe('GET, OPTIONS');
  });

  it('OPTIONS describes a route to who may come', async () => {
    expect((await call('OPTIONS', '/api/function/')).status).toBe(401);
    expect(await call('OPTIONS', '/api/function/', asAnn())).toMatchObject({
      status: 200,
      body: { name: 'Api Function', description: '' },
    });
  });

  it('methods that no route has are told in JSON too', async () => {
    const body = { detail: 'Method "PROPFIND" not allowed.' };
    expect(await call('PROPFIND', '/api/notes/', asAnn())).toMatchObject({ status: 405, body });
  });

  it('what fails before the dialect is asked wears its errors', async () => {
    const later = { headers: { 'X-Min-Position': '999999999' } };
    expect(await call('GET', '/api/notes/', asAnn(later))).toMatchObject({
      status: 400,
      body: { 'X-Min-Position': [titleOf['position-unknown']] },
    });
    const malformed = await call('GET', '/api/notes/', asAnn({ headers: { 'X-Min-Position': 'x' } }));
    expect(malformed).toMatchObject({ status: 400, body: { 'X-Min-Position': ['Not a position.'] } });
  });

  it('a 204 has no content type', async () => {
    const { status, headers, text } = await call('DELETE', '/api/notes/1/', asAnn());
    expect({ status, text, type: headers.get('content-type') }).toEqual({ status: 204, text: '', type: null });
  });

  it('a bug is a page that tells nothing', async () => {
    const { status, headers, text } = await call('GET', '/api/broken/', asAnn());
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 500, type: 'text/html; charset=utf-8' });
    expect(text).toContain('<h1>Server Error (500)</h1>');
    expect(text).not.toContain('secret');
  });

  it('a store that is away is a 503 that says when to come again', async () => {
    const { status, headers, body } = await call('GET', '/api/away/', asAnn());
    expect({ status, body }).toEqual({
      status: 503,
      body: { detail: 'Service temporarily unavailable, try again later.' },
    });
    expect(headers.get('retry-after')).toBe('1');
  });

  it('refusals of the core wear field errors, all of them at once', async () => {
    expect((await call('GET', '/api/refused/email-taken/', asAnn())).body).toEqual({
      mail: ['user with this email already exists.'],
      username: ['A user with that username already exists.'],
    });
    expect(await call('GET', '/api/refused/not-a-member/', asAnn())).toMatchObject({
      status: 403,
      body: { detail: 'You do not have permission to perform this action.' },
    });
    expect(await call('GET', '/api/notes/2/', asAnn())).toMatchObject({
      status: 404,
      body: { detail: 'No Note matches the given query.' },
    });
  });

  it('two commands of one request are visible when it is answered, and its retry repeats neither', async () => {
    const ben = await served.account('ben');
    const keyed = () => asAnn({ headers: { 'Idempotency-Key': 'once' } });
    const first = await call('POST', `/api/say/${ben.number}/`, keyed());
    expect(first).toMatchObject({ status: 201, body: { seen: true } });
    expect((await call('POST', `/api/say/${ben.number}/`, keyed())).body).toEqual(first.body);
  });
});

describe('a path that two dialects have', () => {
  it('goes to the one that says yes to the body', async () => {
    expect((await call('POST', '/api/register/', json({ card: 1 }))).body).toEqual({ cards: true });
    expect((await call('POST', '/api/register/', json({ note: 1 }))).body).toEqual({
      notes: { kind: 'json', data: { note: 1 } },
    });
    expect((await call('POST', '/api/register/', json({}))).body).toHaveProperty('notes');
    expect(await call('POST', '/api/register/', raw('{'))).toMatchObject({ status: 400 });
  });

  it('or is answered with the keys of both, whatever the Authorization header says', async () => {
    const merged = { key: 1, token: 2, both: 'notes' };
    expect((await call('POST', '/api/login/', json({}))).body).toEqual(merged);
    expect((await call('POST', '/api/login/', { ...json({}), token: 'Token stale' })).body).toEqual(merged);
    expect(await call('POST', '/api/refuse/', json({}))).toMatchObject({
      status: 401,
      body: { message: 'no', detail: ['no'] },
    });
    expect(await call('GET', '/api/login/')).toMatchObject({ status: 405 });
  });

  it('is not shared under the prefix of one of them', async () => {
    expect((await call('POST', '/cards/api/login/', json({}))).body).toEqual({ token: 2, both: 'cards' });
    expect((await call('POST', '/cards/api/register/', json({ note: 1 }))).body).toEqual({ cards: true });
  });
});
