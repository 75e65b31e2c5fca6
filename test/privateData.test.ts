// Nobody learns what an account keeps for itself: every route of every API, asked by everybody else, and every socket.
// The routes come from the tables of the APIs, so a new one is asked here too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnquiry } from '../src/commands/makeEnquiry.ts';
import type { DjangoDialect } from '../src/dialects/django/django.ts';
import { dialects } from '../src/dialects/index.ts';
import { profileId } from '../src/dialects/nargil/identities.ts';
import { routes } from '../src/http/routes/index.ts';
import { SECRET, sara, tokenOf } from './dialects/nargil/outside.ts';
import { PASSWORD, type Program, startProgram } from './support/program.ts';
import { type Client, connect, type Frame, listening } from './support/sockets.ts';

/** Everything that Vera keeps for herself has this in it, and nothing else has. */
const CANARY = /canary/i;
const vera = {
  email: 'canary@secret.example',
  username: 'vera',
  contactPhone: 'canary-phone',
  address: 'Canary Lane 1',
  nationalCode: 'canary-code',
  firstName: 'Vera',
};
/** Somebody who has no name but an e-mail address. */
const nameless = { email: 'canary.too@secret.example' };
/** Ranks that an account holds. */
const RANKS = ['is_staff', 'is_superuser', 'roles', 'emailVerified', 'email_verified'];

interface Asked {
  readonly method: string;
  /** As the table has it. */
  readonly route: string;
  readonly path: string;
  readonly json?: unknown;
}

interface World {
  readonly vera: { readonly id: string; readonly number: number; readonly token: string };
  readonly other: { readonly id: string; readonly token: string };
  /** What paths, queries and bodies name. */
  readonly conversations: readonly string[];
  readonly numbers: readonly number[];
  readonly file: string;
  readonly message: string;
}

let program: Program;
let world: World;
/** By who asks; undefined: without a token. */
let tokens: Readonly<Record<'stranger' | 'outsider' | 'companion' | 'superuser', string | undefined>>;

const post = async (token: string | undefined, path: string, json: unknown) => {
  const reply = await program.call('POST', path, { token, json });
  if (reply.status >= 300) throw new Error(`${path}: ${reply.text}`);
  return reply.json;
};

const account = async (fields: { readonly username?: string; readonly email?: string }) => {
  const { id, number } = await post(undefined, '/v1/users', { ...fields, password: PASSWORD });
  const session = await post(undefined, '/v1/sessions', { login: fields.username ?? fields.email, password: PASSWORD });
  return { id, number, token: session.accessToken as string };
};

const say = async (by: { readonly token: string }, conversationId: string, text: string, more = {}) =>
  post(by.token, `/v1/conversations/${conversationId}/messages`, { text, ...more });

const enquire = () =>
  makeEnquiry(
    program.services.core,
    { actorId: null, address: null, correlationId: 'test' },
    { room: '1', name: 'Vera', email: vera.email, text: 'Hello', answer: 'Good day', secret: 'vera' },
  );

beforeAll(async () => {
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: SECRET } });
  const [her, other, companion, outsider] = await Promise.all([
    account(vera),
    account(nameless),
    account({ username: 'companion' }),
    account({ username: 'outsider' }),
  ]);
  await program.grant(her.id, 'admin');
  await program.grant(her.id, 'staff');
  await program.verify(her.id, vera.email);
  const memberIds = [companion.id, other.id];
  const shared = await post(her.token, '/v1/groups', { name: 'shared', slug: 'shared', memberIds });
  const open = await post(her.token, '/v1/groups', { name: 'open', slug: 'open', public: true, memberIds });
  const own = await post(companion.token, '/v1/groups', { name: 'own', slug: 'own', memberIds: [her.id] });
  const room = await post(her.token, '/v1/rooms', { name: 'room' });
  const chat = await post(her.token, '/v1/chats', { userId: companion.id });
  const desk = await enquire();
  const { id: file } = (await program.call('POST', '/v1/files', { token: her.token, body: 'x' })).json;
  for (const [path, field] of [['me', 'avatar'] as const, [`conversations/${shared.id}`, 'picture'] as const])
    await program.call('PATCH', `/v1/${path}`, { token: her.token, json: { [field]: `/v1/files/${file}` } });
  const said = await say(her, shared.id, 'in the group', { fileId: file });
  for (const { id } of [open, own, room]) await say(her, id, 'here');
  const direct = await say(her, chat.id, 'to you');
  for (const { id } of [shared, open, room]) await say(other, id, 'here too');
  await program.settled();
  world = {
    vera: her,
    other,
    conversations: [shared.id, open.id, own.id, room.id, chat.id, desk.conversationId],
    numbers: [her.number, shared.number, room.number, said.number, direct.number, companion.number],
    file,
    message: said.id,
  };
  const superuser = await tokenOf({ ...sara, is_superuser: true });
  tokens = { stranger: undefined, outsider: outsider.token, companion: companion.token, superuser };
});
afterAll(() => program.close());

/** The whole of what stands for `pattern` in a path, in every way. */
const filled = (paths: readonly string[], pattern: RegExp, values: readonly (string | number)[]): readonly string[] =>
  paths.flatMap((path) => (pattern.test(path) ? values.map((value) => path.replace(pattern, String(value))) : [path]));

const queriesOf = (query: object | undefined): readonly string[] => {
  const shape = (query as { shape?: object } | undefined)?.shape ?? {};
  return [
    '',
    ...('scope' in shape ? ['?scope=listed', '?scope=desks'] : []),
    ...('prefix' in shape ? ['?prefix=ver', '?name=er', '?name=canary'] : []),
    ...('order' in shape ? ['?order=activity', '?scope=listed&order=activity'] : []),
    ...('around' in shape ? ['?around=1'] : []),
    ...('q' in shape ? ['?q=canary', '?q=from:me'] : []),
    ...('users' in shape ? [`?users=${world.vera.id}`] : []),
    ...('emoji' in shape ? ['?emoji=%F0%9F%91%8D'] : []),
    ...('userId' in shape ? [`?userId=${world.vera.id}&action=read&conversationId=${world.conversations[0]}`] : []),
  ];
};

/** Every route of the native API, with its example about Vera. */
const native = (): readonly Asked[] =>
  routes.flatMap(({ method, path: route, query, example }) => {
    const text = JSON.stringify(example ?? null).replaceAll('0190b0a0-0000-7000-8000-000000000001', world.vera.id);
    let paths = [route];
    paths = [...filled(paths, /:conversationId/, world.conversations)];
    paths = [...filled(paths, /:userId/, [world.vera.id])];
    paths = [...filled(paths, /:fileId/, [world.file])];
    paths = [...filled(paths, /:messageId/, [world.message])];
    paths = [...filled(paths, /:emoji/, ['%F0%9F%91%8D'])];
    paths = [...filled(paths, /:stream/, [`user-${world.vera.id}`])];
    paths = [...filled(paths, /:role/, ['staff'])];
    const json = example === undefined ? {} : { json: JSON.parse(text) as unknown };
    return paths.flatMap((path) => queriesOf(query).map((more) => ({ method, route, path: path + more, ...json })));
  });

/** A body that has what any of the foreign APIs asks for. */
const bodies = (): readonly object[] => {
  const { id, number } = world.vera;
  const wish = {
    ...{ user: number, receiver_user: number, user_receiver: number, members: [number], uuid: id },
    ...{ message: 'hello', message_text: 'hello', content: 'hello', capacity: 1, link: 'x' },
    ...{ name: 'new', group_name: 'new', slug: 'new', type: 'public' },
  };
  return [
    { ...wish, add_member: true },
    { ...wish, remove_member: true },
  ];
};

const foreign = ({ name, routes }: DjangoDialect): readonly Asked[] =>
  routes.flatMap(({ path: route, handlers }) =>
    Object.keys(handlers).flatMap((method) => {
      let paths = [`/${name}${route}`];
      paths = [...filled(paths, /<(?:int|number):\w+>/, world.numbers)];
      paths = [...filled(paths, /<slug:\w+>/, ['shared', 'open', 'own'])];
      paths = [...filled(paths, /<str:\w+>/, ['private_chat_vera_companion', world.file])];
      const chat = world.conversations[4];
      // What is named in the path is named in no query.
      const query = `?chat=${chat}&user=${world.vera.number}&chat_room_id=${world.numbers[1]}&type=PrivateGroup&get-all=true`;
      const queries = /</.test(route) ? [''] : ['', query];
      if (method === 'GET')
        return paths.flatMap((path) =>
          queries.map((query) => ({ method, route: `/${name}${route}`, path: path + query })),
        );
      // Only one route reads whether to add or to remove.
      const some = /group_chat/.test(route) ? bodies() : bodies().slice(0, 1);
      return paths.flatMap((path) => some.map((json) => ({ method, route: `/${name}${route}`, path, json })));
    }),
  );

/** First what only reads. Last what takes the asker out of a group, and then what ends its sign-in. */
const turnOf = ({ method, path, json }: Asked): number => {
  if (/logout|sessions|password|\/me$/.test(path) && method !== 'GET') return 3;
  if (method === 'DELETE' || /leave/.test(path) || 'remove_member' in ((json ?? {}) as object)) return 2;
  return method === 'GET' ? 0 : 1;
};

const everything = (): readonly Asked[] => {
  const all = [...native(), ...(dialects as readonly DjangoDialect[]).flatMap(foreign)];
  return all.toSorted((one, other) => turnOf(one) - turnOf(other));
};

/** Whether an object in the answer says that Vera holds a rank. */
const tellsRank = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const { id, number } = world.vera;
  const isVera = 'id' in value && [id, profileId(id), number].includes(value.id as string);
  return Object.entries(value).some(([name, inside]) => {
    const isHeld = Array.isArray(inside) ? inside.length > 0 : inside === true;
    return (isVera && RANKS.includes(name) && isHeld) || tellsRank(inside);
  });
};

/** The routes whose answers hold what is Vera's alone, and those that answered at all. */
const askAll = async (token: string | undefined, asked: readonly Asked[]) => {
  const answered = new Set<string>();
  const leaks: string[] = [];
  for (const { method, route, path, json } of asked) {
    const { status, text, json: body } = await program.call(method, path, { token, json });
    if (status < 300) answered.add(`${method} ${route}`);
    if (CANARY.test(text) || tellsRank(body)) leaks.push(`${method} ${path}: ${text.slice(0, 200)}`);
  }
  return { answered, leaks };
};

/** For other roles, for the owner alone, or at an address that nobody can guess. */
const CLOSED = [
  '/django-chat/media/uploads/<str:name>',
  '/nargil/cht/media/static/files/<str:name>',
  '/solari/media/uploads/<str:name>',
  '/v1/admin/rebuild',
  '/v1/audit/consistency',
  '/v1/audit/erasures',
  '/v1/audit/erasures/:targetId',
  '/v1/audit/events',
  '/v1/audit/events/:position/related',
  '/v1/audit/explain',
  '/v1/audit/proof/:eventId',
  '/v1/audit/seals',
  '/v1/audit/streams/:stream',
];

/** Documented texts that name a field, and are no leak. */
const isDescription = ({ path }: Asked): boolean => /^\/(docs|v1\/openapi\.json)?$/.test(path);

describe('what an account keeps for itself', () => {
  test('is shown to its owner', async () => {
    const own = [
      '/v1/me',
      '/thanchat/userauth/users/me/',
      '/silicornya/auth/user/',
      `/django-chat/api/${world.vera.number}/`,
      '/nargil/cht/api/user/profile/',
    ].map((path) => ({ method: 'GET', route: path, path }));
    expect((await askAll(world.vera.token, own)).leaks).toHaveLength(own.length);
  });

  test.each(['companion', 'outsider', 'superuser', 'stranger'] as const)(
    'is told to no %s, on any route',
    async (who) => {
      const all = everything().filter((one) => !isDescription(one));
      const asked = {
        companion: all,
        outsider: all,
        // An account like others, but to the API that it comes from.
        superuser: all.filter(({ path }) => /nargil/.test(path)),
        // Where a path leads matters to nobody without a token.
        stranger: [...new Map(all.map((one) => [`${one.method} ${one.route}`, one])).values()],
      }[who];
      const { answered, leaks } = await askAll(tokens[who], asked);
      expect(leaks).toEqual([]);
      // Otherwise the test would show nothing: who shares groups with her gets an answer wherever there is one to get.
      if (who !== 'companion') return;
      const unanswered = asked.filter(({ method, route }) => method === 'GET' && !answered.has(`GET ${route}`));
      expect([...new Set(unanswered.map(({ route }) => route))].toSorted()).toEqual(CLOSED);
      expect(answered).toContain('POST /nargil/cht/api/group_chat/<slug:slug>/');
    },
  );

  test('is told in no frame, whoever listens', async () => {
    const port = Number(new URL(program.url).port);
    const at = (path: string, token?: string, headers = {}): Promise<Client> =>
      connect({ port }, { path, headers, ...(token !== undefined && { token }) });
    const group = await post(world.vera.token, '/v1/groups', { name: 'live', slug: 'live', public: true });
    const companion = await account({ username: 'listener' });
    await post(companion.token, `/v1/conversations/${group.id}/join`, {});
    const chat = await post(companion.token, '/v1/chats', { userId: world.vera.id });
    const watched = { conversationIds: [group.id] };
    const sockets = {
      member: await listening({ port }, companion.token, watched),
      outsider: await listening({ port }, (await account({ username: 'watcher' })).token, watched),
      group: await at('/nargil/cht/ws/chat/live/', companion.token),
      chat: await at('/nargil/cht/ws/private_chat/private_chat_listener_vera/', companion.token),
      visitor: await at(`/silicornya/connection/1/Vera/${vera.email}/`),
    };
    const { token } = world.vera;
    await program.call('PATCH', '/v1/me', { token, json: { email: 'other.canary@secret.example', lastName: 'Lee' } });
    await program.call('PUT', `/v1/users/${world.vera.id}/roles/auditor`, { token });
    await enquire();
    await program.call('POST', `/v1/conversations/${group.id}/leave`, { token });
    await post(token, `/v1/conversations/${group.id}/join`, {});
    await post(companion.token, `/v1/conversations/${group.id}/members`, { userId: world.other.id });
    for (const id of [chat.id, group.id]) await say(world.vera, id, 'the end');
    const ends: [Client, string, object][] = [
      [sockets.member, 'message', { conversationId: group.id }],
      [sockets.outsider, 'message', { conversationId: group.id }],
      [sockets.group, undefined as unknown as string, { message: 'the end' }],
      [sockets.chat, undefined as unknown as string, { message: 'the end' }],
    ];
    for (const [client, type, fields] of ends) await client.next(type, fields as Record<string, unknown>);
    const frames: Frame[] = Object.values(sockets).flatMap((client) => client.frames);
    expect(frames.filter((frame) => CANARY.test(JSON.stringify(frame)) || tellsRank(frame))).toEqual([]);
    expect(sockets.visitor.frames).toEqual([]);
    for (const client of Object.values(sockets)) client.close();
  });
});
