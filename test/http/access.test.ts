// Access: every route of the table, with a request from every kind of user.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes/index.ts';
import { type Call, PASSWORD, type Program, type Reply, startProgram } from '../support/program.ts';

const people = ['nobody', 'stranger', 'left', 'deleted', 'member', 'owner', 'auditor', 'admin'] as const;
type Who = (typeof people)[number];

interface People {
  /** Makes the names of its people unique. */
  readonly run: number;
  readonly tokens: Readonly<Record<Who, string | undefined>>;
  readonly ids: Readonly<Record<Exclude<Who, 'nobody'>, string>>;
}

interface World extends People {
  readonly group: string;
  readonly file: string;
}

let program: Program;

let runs = 0;

const makePeople = async (): Promise<People> => {
  const run = ++runs;
  const all = Object.fromEntries(
    await Promise.all(people.slice(1).map(async (name) => [name, await program.person(`${name}-${run}`)] as const)),
  );
  await program.call('DELETE', '/v1/me', { token: all.deleted!.token });
  await program.grant(all.admin!.id, 'admin');
  await program.grant(all.auditor!.id, 'auditor');
  const tokens = Object.fromEntries(people.map((name) => [name, all[name]?.token]));
  const ids = Object.fromEntries(Object.entries(all).map(([name, { id }]) => [name, id]));
  return { run, tokens, ids } as People;
};

const as = ({ tokens }: People, who: Who, method: string, path: string, more: Call = {}) =>
  program.call(method, path, { token: tokens[who], ...more });

/** A private group, with one of the people for each relation to it. */
const makeGroup = async (made: People): Promise<string> => {
  const json = { name: 'kept private', memberIds: [made.ids.member, made.ids.left] };
  const { id } = (await as(made, 'owner', 'POST', '/v1/groups', { json })).json;
  await as(made, 'left', 'POST', `/v1/conversations/${id}/leave`);
  return id;
};

/** With something said in the group. */
const makeWorld = async (made: People): Promise<World> => {
  const group = await makeGroup(made);
  const file = (await as(made, 'owner', 'POST', '/v1/files', { body: 'x' })).json.id;
  const json = { text: 'kept private', fileId: file };
  await as(made, 'owner', 'POST', `/v1/conversations/${group}/messages`, { json });
  return { ...made, group, file };
};

/** The same people, and another group. */
const withNewGroup = async (world: World): Promise<World> => ({ ...world, group: await makeGroup(world) });

beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

/** For each route: its request, and the status that each of `people` gets. */
interface Row {
  readonly ask?: (world: World, who: Who) => { json?: unknown };
  readonly expected: readonly (number | readonly [number, string])[];
}

const gone = [404, 'conversation-unknown'] as const;
const out = [401, 'signed-out'] as const;
const everybody = (status: number): Row['expected'] => people.map(() => status);
const signedIn = (status: number): Row['expected'] =>
  people.map((who) => (who === 'nobody' || who === 'deleted' ? out : status));
/** In the private group: the status for a member and for the owner. */
const within = (member: number | readonly [number, string], owner: number): Row['expected'] => [
  out,
  gone,
  gone,
  out,
  member,
  owner,
  gone,
  gone,
];
const auditors: Row['expected'] = [
  out,
  [403, 'not-permitted'],
  [403, 'not-permitted'],
  out,
  [403, 'not-permitted'],
  [403, 'not-permitted'],
  200,
  200,
];
const admins: Row['expected'] = auditors.map((one, i) => (i === 6 ? [403, 'not-permitted'] : one === 200 ? 204 : one));

const someone = ({ ids }: World) => ({ json: { userId: ids.stranger } });

const table: Readonly<Record<string, Row>> = {
  'GET /': { expected: everybody(200) },
  'GET /docs': { expected: everybody(200) },
  'GET /v1/openapi.json': { expected: everybody(200) },
  'GET /livez': { expected: everybody(200) },
  'GET /readyz': { expected: everybody(200) },
  'GET /metrics': { expected: everybody(200) },
  'POST /v1/users': {
    ask: ({ run }, who) => ({ json: { username: `new-${who}-${run}`, password: 'x' } }),
    expected: everybody(201),
  },
  'POST /v1/sessions': {
    ask: ({ run }) => ({ json: { login: `owner-${run}`, password: PASSWORD } }),
    expected: everybody(201),
  },
  'POST /v1/sessions/refresh': {
    ask: () => ({ json: { refreshToken: 'x' } }),
    expected: people.map(() => [401, 'refresh-token-invalid'] as const),
  },
  'DELETE /v1/sessions/current': { expected: signedIn(204) },
  'POST /v1/sessions/current/ticket': { expected: signedIn(201) },
  'GET /v1/users': { expected: signedIn(200) },
  'GET /v1/users/:userId': { expected: signedIn(200) },
  'GET /v1/limits': { expected: signedIn(200) },
  'GET /v1/me': { expected: signedIn(200) },
  'PATCH /v1/me': { ask: () => ({ json: { firstName: 'X' } }), expected: signedIn(200) },
  'DELETE /v1/me': { expected: signedIn(204) },
  'PUT /v1/me/password': { ask: () => ({ json: { current: PASSWORD, password: 'new' } }), expected: signedIn(204) },
  'PUT /v1/users/:userId/roles/:role': { expected: admins },
  'DELETE /v1/users/:userId/roles/:role': { expected: admins },
  'GET /v1/conversations': { expected: signedIn(200) },
  'GET /v1/conversations/:conversationId': { expected: within(200, 200) },
  'PATCH /v1/conversations/:conversationId': {
    ask: () => ({ json: { name: 'New' } }),
    expected: within([403, 'not-an-owner'], 200),
  },
  'POST /v1/groups': { ask: () => ({ json: { name: 'Own' } }), expected: signedIn(201) },
  'POST /v1/rooms': { ask: () => ({ json: { name: 'Own' } }), expected: signedIn(201) },
  'POST /v1/chats': { ask: someone, expected: signedIn(201) },
  'GET /v1/conversations/:conversationId/members': { expected: within(200, 200) },
  'POST /v1/conversations/:conversationId/members': { ask: someone, expected: within([403, 'not-an-owner'], 201) },
  'DELETE /v1/conversations/:conversationId/members/:userId': { expected: within([403, 'not-an-owner'], 204) },
  'POST /v1/conversations/:conversationId/join': { expected: within(200, 200) },
  'POST /v1/conversations/:conversationId/leave': { expected: within(204, 204) },
  'POST /v1/conversations/:conversationId/messages': {
    ask: () => ({ json: { text: 'x' } }),
    expected: within(201, 201),
  },
  'GET /v1/conversations/:conversationId/messages': { expected: within(200, 200) },
  'POST /v1/conversations/:conversationId/read': { ask: () => ({ json: { upTo: 1 } }), expected: within(204, 204) },
  'POST /v1/files': { expected: signedIn(201) },
  'GET /v1/files/:fileId': { expected: [out, 404, 404, out, 200, 200, 404, 404] },
  'GET /v1/files/:fileId/info': { expected: [out, 404, 404, out, 200, 200, 404, 404] },
  'GET /v1/audit/events': { expected: auditors },
  'GET /v1/audit/streams/:stream': { expected: auditors },
};

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

const pathOf = ({ path }: Route, { ids, group, file }: World): string =>
  path
    .replace(':conversationId', group)
    .replace(':userId', ids.stranger)
    .replace(':role', 'staff')
    .replace(':fileId', file)
    .replace(':stream', `conversation-${group}`);

/** Routes that change who somebody is: they get people of their own, and look at no group. */
const changesPeople = (name: string): boolean => /^(PUT|DELETE) .*(\/me\b|sessions\/current)/.test(name);

/** Routes that change the group: each request gets a group of its own. */
const changesGroup = (name: string): boolean =>
  /^(PATCH|DELETE) \/v1\/conversations|^POST .*(members|leave|join)/.test(name);

let unchanged: Promise<World> | undefined;
/** One world for all routes that change nothing. */
const sharedWorld = (): Promise<World> => {
  unchanged ??= makePeople().then(makeWorld);
  return unchanged;
};

const worldFor = async (name: string): Promise<World> => {
  if (changesPeople(name)) return { ...(await makePeople()), group: 'none', file: 'none' };
  return changesGroup(name) ? withNewGroup(await sharedWorld()) : sharedWorld();
};

test('every route has its row, and every row its route', () => {
  expect(new Set(Object.keys(table))).toEqual(new Set(routes.map(nameOf)));
});

const conforms = ({ answers }: Route, { status, json, headers }: Reply): void => {
  const schema = answers[status];
  if (typeof schema !== 'object' || schema === null) return;
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  // The schemas are strict: an undocumented field fails here.
  schema.parse(json);
};

describe.each(routes.map((route) => [nameOf(route), route] as const))('%s', (name, route) => {
  test('is for whom it is for', async () => {
    const { ask, expected } = table[name]!;
    let world = await worldFor(name);
    let isChanged = false;
    for (const [i, who] of people.entries()) {
      if (isChanged) world = await withNewGroup(world);
      const { json } = ask === undefined ? {} : ask(world, who);
      const token = world.tokens[who];
      const reply = await program.call(route.method, pathOf(route, world), {
        token,
        ...(json === undefined ? {} : { json }),
      });
      const got = Array.isArray(expected[i]) ? [reply.status, reply.json?.code] : reply.status;
      expect([who, got]).toEqual([who, expected[i]]);
      isChanged = changesGroup(name) && reply.status < 400;
      if (reply.status >= 400) expect(reply.text).not.toContain('kept private');
      conforms(route, reply);
    }
  });
});
