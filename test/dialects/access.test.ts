// Access: every route of every dialect, with a request from every kind of user.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DjangoDialect } from '../../src/dialects/django/django.ts';
import { methods } from '../../src/dialects/django/route.ts';
import { dialects } from '../../src/dialects/index.ts';
import { type Call, PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

/** `signedOut`: with the token of a session that has ended. `refresh`: with a refresh token in place of an access token. */
const people = [
  'nobody',
  'stranger',
  'left',
  'deleted',
  'signedOut',
  'refresh',
  'staff',
  'auditor',
  'admin',
  'owner',
  'member',
] as const;
type Who = (typeof people)[number];
type Group = { readonly id: string; readonly number: number };

interface World {
  /** Makes the names unique. */
  readonly run: number;
  readonly all: Readonly<Record<Exclude<Who, 'nobody'>, Person>>;
  /** Private. In it are `member` and `owner`; `left` was. */
  readonly group: Group;
}

let program: Program;
let runs = 0;

const tokenOf = ({ all }: World, who: Who): string | undefined => {
  if (who === 'nobody') return undefined;
  return who === 'refresh' ? all.refresh.refreshToken : all[who].token;
};

const done = async (method: string, path: string, given: Call) => {
  const reply = await program.call(method, path, given);
  expect(reply.status, `${method} ${path}: ${reply.text}`).toBeLessThan(300);
  return reply.json;
};

const makeGroup = async (all: World['all']): Promise<Group> => {
  const json = { name: `Kept private ${++runs}`, memberIds: [all.member.id, all.left.id] };
  const { id } = await done('POST', '/v1/groups', { token: all.owner.token, json });
  await done('POST', `/v1/conversations/${id}/leave`, { token: all.left.token });
  const { number } = await done('GET', `/v1/conversations/${id}`, { token: all.owner.token });
  await done('POST', `/v1/conversations/${id}/messages`, { token: all.owner.token, json: { text: 'kept private' } });
  return { id, number };
};

const makePeople = async (): Promise<World['all']> => {
  const run = ++runs;
  const made = await Promise.all(people.slice(1).map((who) => program.person(`${who}-${run}`)));
  const all = Object.fromEntries(people.slice(1).map((who, i) => [who, made[i]])) as World['all'];
  await done('DELETE', '/v1/me', { token: all.deleted.token });
  await done('DELETE', '/v1/sessions/current', { token: all.signedOut.token });
  for (const role of ['staff', 'auditor', 'admin'] as const) await program.grant(all[role].id, role);
  return all;
};

const newWorld = async (): Promise<World> => {
  const all = await makePeople();
  return { run: runs, all, group: await makeGroup(all) };
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
  Object.fromEntries(people.map((who) => [who, of(who)])) as Record<Who, number>;
const isOut = (who: Who): boolean => ['nobody', 'deleted', 'signedOut', 'refresh'].includes(who);
const isIn = (who: Who): boolean => who === 'member' || who === 'owner';

const everybody = (status: number): Statuses => statuses(() => status);
/** For anyone; but who sends credentials sends good ones. */
const notForBadTokens = (status: number): Statuses =>
  statuses((who) => (isOut(who) && who !== 'nobody' ? 401 : status));
const signedIn = (status: number): Statuses => statuses((who) => (isOut(who) ? 401 : status));
/** In the group: who is in it, and the other people. */
const within = (status: number, others: number): Statuses =>
  statuses((who) => (isOut(who) ? 401 : isIn(who) ? status : others));
const only = (one: Who, status: number, others: number): Statuses =>
  statuses((who) => (isOut(who) ? 401 : who === one ? status : others));

const unused = (): string => `new-${++runs}`;
const login = ({ all }: World, name = 'username') => ({ [name]: all.stranger.username, password: PASSWORD });

const byDialect: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  solari: {
    'POST /api/login/': { statuses: everybody(200), ask: (all) => ({ json: login(all, 'email') }) },
    'POST /api/register/': {
      statuses: everybody(201),
      ask: () => {
        const phone_number = String(1_000_000_000 + ++runs);
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
      ask: ({ all }) => ({ path: `/api/chats/start/?user=${all.signedOut.number}` }),
    },
    'POST /api/chats/start/': {
      statuses: signedIn(200),
      ask: ({ all }) => ({ json: { user: all.signedOut.number } }),
    },
    'GET /api/chats/messages/': {
      statuses: within(200, 403),
      ask: ({ group }) => ({ path: `/api/chats/messages/?chat=${group.id}` }),
    },
    'POST /api/chats/messages/': {
      statuses: within(201, 403),
      ask: ({ group }) => ({ path: `/api/chats/messages/?chat=${group.id}`, json: { content: 'x' } }),
    },
    'GET /media/uploads/<str:name>': { statuses: everybody(404), ask: () => ({ path: '/media/uploads/x' }) },
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
    'POST /api/login/': { statuses: everybody(200), ask: (all) => ({ json: login(all, 'email') }) },
    'POST /api/token/': { statuses: everybody(200), ask: (all) => ({ json: login(all, 'email') }) },
    'GET /api/<int:id>/': {
      statuses: notForBadTokens(200),
      ask: ({ all }) => ({ path: `/api/${all.member.number}/` }),
    },
    'PUT /api/<int:id>/update/': {
      statuses: only('member', 200, 403),
      ask: ({ all, run }) => {
        const username = `changed-${run}`;
        const json = { username, email: `${username}@x.io`, first_name: 'A', last_name: 'B', password: PASSWORD };
        return { path: `/api/${all.member.number}/update/`, json };
      },
    },
    'PATCH /api/<int:id>/update/': {
      statuses: only('member', 200, 403),
      ask: ({ all }) => ({ path: `/api/${all.member.number}/update/`, json: { first_name: 'X' } }),
    },
    'DELETE /api/<int:id>/delete/': {
      statuses: only('member', 200, 403),
      fresh: 'people',
      ask: ({ all }) => ({ path: `/api/${all.member.number}/delete/` }),
    },
    'GET /api/users/protected/': { statuses: signedIn(200) },
    'POST /api/groups/create/': {
      statuses: signedIn(201),
      ask: ({ all }) => ({ json: { name: unused(), members: [all.stranger.number] } }),
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
      statuses: everybody(401),
      ask: () => ({ json: { refresh: 'x' } }),
    },
    'POST /api/logout/': { statuses: signedIn(400), ask: () => ({ json: { refresh_token: 'x' } }) },
    'GET /media/uploads/<str:name>': { statuses: everybody(404), ask: () => ({ path: '/media/uploads/x' }) },
  },
  nargil: {
    'GET /cht/save-user-data/': { statuses: signedIn(200) },
    'GET /cht/api/users-info/': { statuses: signedIn(200) },
    'GET /cht/api/user/profile/': { statuses: signedIn(200) },
    'POST /cht/api/groups/create/': {
      statuses: signedIn(201),
      ask: () => ({ json: { group_name: unused(), slug: unused(), type: 'public' } }),
    },
    'POST /cht/api/group_chat/<slug:slug>/': {
      statuses: statuses((who) => (isOut(who) ? 401 : who === 'owner' ? 200 : who === 'member' ? 403 : 404)),
      fresh: 'group',
      ask: ({ group, all }) => ({
        path: `/cht/api/group_chat/${group.id}/`,
        json: { add_member: true, uuid: all.signedOut.id },
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
      statuses: everybody(404),
      ask: () => ({ path: '/cht/media/static/files/x' }),
    },
    'GET /cht/static/profiles/default.png': { statuses: everybody(200) },
    'GET /static/profiles/default.png': { statuses: everybody(200) },
  },
  thanchat: {
    'GET /userauth/': { statuses: everybody(200) },
    'GET /userauth/users/': { statuses: signedIn(200) },
    'POST /userauth/users/': {
      statuses: everybody(201),
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
      ask: ({ all }) => ({ path: `/userauth/users/${all.member.number}/` }),
    },
    'PUT /userauth/users/<number:id>/': {
      statuses: only('member', 200, 404),
      ask: ({ all }) => {
        const username = unused();
        const names = { username, email: `${username}@x.io`, first_name: 'A', last_name: 'B' };
        return { path: `/userauth/users/${all.member.number}/`, json: { ...names, phone: '1', address: 'zoo' } };
      },
    },
    'PATCH /userauth/users/<number:id>/': {
      statuses: only('member', 200, 404),
      ask: ({ all }) => ({ path: `/userauth/users/${all.member.number}/`, json: { first_name: 'X' } }),
    },
    'POST /userauth/token/login/': { statuses: everybody(200), ask: (all) => ({ json: login(all) }) },
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
    'GET /chatApp/': { statuses: everybody(200) },
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
      statuses: everybody(201),
      ask: () => {
        const username = unused();
        return { json: { username, email: `${username}@x.io`, password1: PASSWORD, password2: PASSWORD } };
      },
    },
    'POST /auth/login/': { statuses: everybody(200), ask: (all) => ({ json: login(all) }) },
    'POST /auth/logout/': { statuses: everybody(200), fresh: 'people' },
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
  return fresh === 'group' ? { ...world, group: await makeGroup(world.all) } : world;
};

describe.each(cells)('%s %s', (dialect, route) => {
  test('is for whom it is for', async () => {
    const row = byDialect[dialect]![route]!;
    const [method, template] = route.split(' ') as [string, string];
    const met: Record<string, number> = {};
    let here = await worldFor(row);
    for (const who of people) {
      const { path = template, json } = row.ask?.(here, who) ?? {};
      const given = { token: tokenOf(here, who), ...(json === undefined ? {} : { json }) };
      const reply = await program.call(method, `/${dialect}${path}`, given);
      met[who] = reply.status;
      if (!isIn(who)) expect(reply.text).not.toContain('ept private');
      if (row.fresh === 'group' && reply.status < 400) here = await worldFor(row);
    }
    expect(met).toEqual(row.statuses);
  });
});
