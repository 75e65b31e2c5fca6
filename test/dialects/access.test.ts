// Access: every route of every dialect, with a request from every kind of user.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DjangoDialect } from '../../src/dialects/django/django.ts';
import { methods } from '../../src/dialects/django/route.ts';
import { dialects } from '../../src/dialects/index.ts';
import { type Crowd, everybody, isIn, isOut, makeCrowd, makeGroup, type Who } from '../support/everybody.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';

interface World extends Crowd {
  readonly group: { readonly id: string; readonly number: number };
}

let program: Program;
let count = 0;

const newWorld = async (): Promise<World> => {
  const crowd = await makeCrowd(program);
  return { ...crowd, group: await makeGroup(program, crowd) };
};

let world: World;
beforeAll(async () => {
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: 'a secret of the sign-on and of this server' } });
  world = await newWorld();
});
afterAll(() => program.close());

type Statuses = Readonly<Record<Who, number>>;
interface Row {
  readonly statuses: Statuses;
  /** The route changes what later requests meet: every request has `people` or a `group` of its own. */
  readonly fresh?: 'people' | 'group';
  readonly ask?: (world: World, who: Who) => { readonly path?: string; readonly json?: unknown };
}

const statuses = (of: (who: Who) => number): Statuses =>
  Object.fromEntries(everybody.map((who) => [who, of(who)])) as Record<Who, number>;
const anybody = (status: number): Statuses => statuses(() => status);
/** For anyone; but who sends credentials sends good ones. */
const notForBadTokens = (status: number): Statuses =>
  statuses((who) => (isOut(who) && who !== 'nobody' ? 401 : status));
const signedIn = (status: number): Statuses => statuses((who) => (isOut(who) ? 401 : status));
/** In the group: who is in it, and the other people. */
const within = (status: number, others: number): Statuses =>
  statuses((who) => (isOut(who) ? 401 : isIn(who) ? status : others));
const only = (one: Who, status: number, others: number): Statuses =>
  statuses((who) => (isOut(who) ? 401 : who === one ? status : others));

const unused = (): string => `new-${++count}`;
const login = ({ people }: World, name = 'username') => ({ [name]: people.stranger.username, password: PASSWORD });

const byDialect: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  solari: {
    'POST /api/login/': { statuses: anybody(200), ask: (world) => ({ json: login(world, 'email') }) },
    'POST /api/register/': {
      statuses: anybody(201),
      ask: () => {
        const phone_number = String(1_000_000_000 + ++count);
        return { json: { full_name: 'New One', email: `${unused()}@x.io`, phone_number, password: PASSWORD } };
      },
    },
    'GET /api/my-groups/': { statuses: signedIn(200) },
    'GET /api/solarigroup/<number:id>/messages/': {
      statuses: within(200, 404),
      ask: ({ group }) => ({ path: `/api/solarigroup/${group.number}/messages/` }),
    },
    'POST /api/solarigroup/<number:id>/messages/': {
      statuses: within(201, 404),
      ask: ({ group }) => ({ path: `/api/solarigroup/${group.number}/messages/`, json: { content: 'x' } }),
    },
    'GET /api/chats/': { statuses: signedIn(200) },
    'GET /api/chats/start/': {
      statuses: signedIn(200),
      ask: ({ people }) => ({ path: `/api/chats/start/?user=${people.signedOut.number}` }),
    },
    'POST /api/chats/start/': {
      statuses: signedIn(200),
      ask: ({ people }) => ({ json: { user: people.signedOut.number } }),
    },
    'GET /api/chats/messages/': {
      statuses: within(200, 403),
      ask: ({ group }) => ({ path: `/api/chats/messages/?chat=${group.id}` }),
    },
    'POST /api/chats/messages/': {
      statuses: within(201, 403),
      ask: ({ group }) => ({ path: `/api/chats/messages/?chat=${group.id}`, json: { content: 'x' } }),
    },
    'GET /media/uploads/<str:name>': { statuses: anybody(404), ask: () => ({ path: '/media/uploads/x' }) },
  },
  'django-chat': {
    'POST /api/register/': {
      statuses: notForBadTokens(201),
      ask: () => {
        const username = unused();
        const json = { username, email: `${username}@x.io`, first_name: 'New', last_name: 'One', password: PASSWORD };
        return { json };
      },
    },
    'POST /api/login/': { statuses: anybody(200), ask: (world) => ({ json: login(world, 'email') }) },
    'POST /api/token/': { statuses: anybody(200), ask: (world) => ({ json: login(world, 'email') }) },
    'GET /api/<int:id>/': {
      statuses: signedIn(200),
      ask: ({ people }) => ({ path: `/api/${people.member.number}/` }),
    },
    'PUT /api/<int:id>/update/': {
      statuses: only('member', 200, 403),
      ask: ({ people, run }) => {
        const username = `changed-${run}`;
        const json = { username, email: `${username}@x.io`, first_name: 'A', last_name: 'B', password: PASSWORD };
        return { path: `/api/${people.member.number}/update/`, json };
      },
    },
    'PATCH /api/<int:id>/update/': {
      statuses: only('member', 200, 403),
      ask: ({ people }) => ({ path: `/api/${people.member.number}/update/`, json: { first_name: 'X' } }),
    },
    'DELETE /api/<int:id>/delete/': {
      statuses: only('member', 200, 403),
      fresh: 'people',
      ask: ({ people }) => ({ path: `/api/${people.member.number}/delete/` }),
    },
    'GET /api/users/protected/': { statuses: signedIn(200) },
    'POST /api/groups/create/': {
      statuses: signedIn(201),
      ask: ({ people }) => ({ json: { name: unused(), members: [people.stranger.number] } }),
    },
    'POST /api/groups/<int:id>/join/': {
      statuses: within(200, 404),
      ask: ({ group }) => ({ path: `/api/groups/${group.number}/join/` }),
    },
    'POST /api/groups/<int:id>/leave/': {
      statuses: within(200, 404),
      fresh: 'group',
      ask: ({ group }) => ({ path: `/api/groups/${group.number}/leave/` }),
    },
    // A number of a group that the caller may not read is that of a person, or of nobody: an empty list.
    'GET /api/messages/<int:id>/': {
      statuses: signedIn(200),
      ask: ({ group }) => ({ path: `/api/messages/${group.number}/` }),
    },
    'POST /api/messages/<int:id>/send/': {
      statuses: within(201, 404),
      ask: ({ group }) => ({
        path: `/api/messages/${group.number}/send/`,
        json: { receiver_group: group.number, message: 'x' },
      }),
    },
    'GET /api/messages/files/<int:id>/': { statuses: signedIn(404), ask: () => ({ path: '/api/messages/files/1/' }) },
    'POST /api/token/refresh/': {
      statuses: anybody(401),
      ask: () => ({ json: { refresh: 'x' } }),
    },
    'POST /api/logout/': { statuses: signedIn(400), ask: () => ({ json: { refresh_token: 'x' } }) },
    'GET /media/uploads/<str:name>': { statuses: anybody(404), ask: () => ({ path: '/media/uploads/x' }) },
  },
  nargil: {
    'GET /cht/save-user-data/': { statuses: signedIn(200) },
    'POST /cht/save-user-data/': { statuses: signedIn(200) },
    'GET /cht/api/users-info/': { statuses: signedIn(200) },
    'GET /cht/api/user/profile/': { statuses: signedIn(200) },
    'POST /cht/api/groups/create/': {
      statuses: signedIn(201),
      ask: () => ({ json: { group_name: unused(), slug: unused(), type: 'public' } }),
    },
    'POST /cht/api/group_chat/<slug:slug>/': {
      statuses: statuses((who) => (isOut(who) ? 401 : who === 'owner' ? 200 : who === 'member' ? 403 : 404)),
      fresh: 'group',
      ask: ({ group, people }) => ({
        path: `/cht/api/group_chat/${group.id}/`,
        json: { add_member: true, uuid: people.signedOut.id },
      }),
    },
    'GET /cht/api/groups/': { statuses: signedIn(200) },
    'GET /cht/api/groups/<slug:slug>/chat/': {
      statuses: within(200, 404),
      ask: ({ group }) => ({ path: `/cht/api/groups/${group.id}/chat/` }),
    },
    'GET /cht/api/private-chat/<str:name>/': {
      statuses: signedIn(403),
      ask: ({ group }) => ({ path: `/cht/api/private-chat/${group.id}/` }),
    },
    'GET /cht/media/static/files/<str:name>': {
      statuses: anybody(404),
      ask: () => ({ path: '/cht/media/static/files/x' }),
    },
    'GET /cht/static/profiles/default.png': { statuses: anybody(200) },
    'GET /static/profiles/default.png': { statuses: anybody(200) },
  },
  thanchat: {
    'GET /userauth/': { statuses: anybody(200) },
    'GET /userauth/users/': { statuses: signedIn(200) },
    'POST /userauth/users/': {
      statuses: anybody(201),
      ask: () => {
        const username = unused();
        const names = { username, email: `${username}@x.io`, first_name: 'New', last_name: 'One' };
        return { json: { ...names, phone: '1', address: 'zoo', password: PASSWORD } };
      },
    },
    'GET /userauth/users/me/': { statuses: signedIn(200) },
    'PUT /userauth/users/me/': {
      statuses: signedIn(200),
      ask: () => ({ json: { email: `${unused()}@x.io`, first_name: 'A', last_name: 'B' } }),
    },
    'PATCH /userauth/users/me/': { statuses: signedIn(200), ask: () => ({ json: { first_name: 'X' } }) },
    'POST /userauth/users/set_password/': {
      statuses: signedIn(204),
      fresh: 'people',
      ask: () => ({ json: { current_password: PASSWORD, new_password: 'battery staple' } }),
    },
    'GET /userauth/users/<number:id>/': {
      statuses: only('member', 200, 404),
      ask: ({ people }) => ({ path: `/userauth/users/${people.member.number}/` }),
    },
    'PUT /userauth/users/<number:id>/': {
      statuses: only('member', 200, 404),
      ask: ({ people }) => {
        const username = unused();
        const names = { username, email: `${username}@x.io`, first_name: 'A', last_name: 'B' };
        return { path: `/userauth/users/${people.member.number}/`, json: { ...names, phone: '1', address: 'zoo' } };
      },
    },
    'PATCH /userauth/users/<number:id>/': {
      statuses: only('member', 200, 404),
      ask: ({ people }) => ({ path: `/userauth/users/${people.member.number}/`, json: { first_name: 'X' } }),
    },
    'POST /userauth/token/login/': { statuses: anybody(200), ask: (world) => ({ json: login(world) }) },
    'POST /userauth/token/logout/': { statuses: signedIn(204), fresh: 'people' },
    'GET /chatApp/chatRooms/': { statuses: signedIn(200) },
    'POST /chatApp/chatRooms/': {
      statuses: signedIn(201),
      ask: () => ({ json: { name: unused(), capacity: 10, link: 'https://x.io', password: '' } }),
    },
    'GET /chatApp/chatRooms/<number:pk>/': {
      statuses: within(200, 404),
      ask: ({ group }) => ({ path: `/chatApp/chatRooms/${group.number}/` }),
    },
    'GET /chatApp/': { statuses: anybody(200) },
    'GET /chatApp/messages/': { statuses: signedIn(200) },
    'POST /chatApp/messages/': {
      statuses: within(201, 400),
      ask: ({ group }) => ({ json: { message_text: 'x', chat_room_receiver: group.number } }),
    },
    'GET /chatApp/messages/<number:pk>/': {
      statuses: signedIn(404),
      ask: () => ({ path: '/chatApp/messages/1/' }),
    },
  },
  silicornya: {
    'POST /registration/': {
      statuses: anybody(201),
      ask: () => {
        const username = unused();
        return { json: { username, email: `${username}@x.io`, password1: PASSWORD, password2: PASSWORD } };
      },
    },
    'POST /auth/login/': { statuses: anybody(200), ask: (world) => ({ json: login(world) }) },
    'POST /auth/logout/': { statuses: anybody(200), fresh: 'people' },
    'GET /auth/user/': { statuses: signedIn(200) },
    'PUT /auth/user/': {
      statuses: signedIn(200),
      ask: () => ({ json: { username: unused(), first_name: 'A', last_name: 'B' } }),
    },
    'PATCH /auth/user/': { statuses: signedIn(200), ask: () => ({ json: { first_name: 'X' } }) },
    'GET /chats/getChats/': { statuses: signedIn(200) },
  },
};

const cells = (dialects as readonly DjangoDialect[]).flatMap(({ name, routes }) =>
  routes.flatMap(({ path, handlers }) =>
    methods.filter((method) => handlers[method]).map((method) => [name, `${method} ${path}`] as const),
  ),
);

test('every route has its row, and every row its route', () => {
  const rows = Object.entries(byDialect).flatMap(([name, of]) => Object.keys(of).map((route) => `${name} ${route}`));
  expect(new Set(rows)).toEqual(new Set(cells.map((cell) => cell.join(' '))));
});

const worldFor = async ({ fresh }: Row): Promise<World> => {
  if (fresh === 'people') return newWorld();
  return fresh === 'group' ? { ...world, group: await makeGroup(program, world) } : world;
};

describe.each(cells)('%s %s', (dialect, route) => {
  test('is for whom it is for', async () => {
    const row = byDialect[dialect]![route]!;
    const [method, template] = route.split(' ') as [string, string];
    const met: Record<string, number> = {};
    let here = await worldFor(row);
    for (const who of everybody) {
      const { path = template, json } = row.ask?.(here, who) ?? {};
      const given = { token: here.tokens[who], ...(json === undefined ? {} : { json }) };
      const reply = await program.call(method, `/${dialect}${path}`, given);
      met[who] = reply.status;
      if (!isIn(who)) expect(reply.text).not.toContain('ept private');
      if (row.fresh === 'group' && reply.status < 400) here = await worldFor(row);
    }
    expect(met).toEqual(row.statuses);
  });
});
