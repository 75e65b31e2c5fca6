// Access: every route of the table, with a request from every kind of user.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes/index.ts';
import { type Crowd, everybody, isIn, isOut, makeCrowd, makeGroup, type Who } from '../support/everybody.ts';
import { PASSWORD, type Program, type Reply, startProgram } from '../support/program.ts';

interface World extends Crowd {
  readonly group: string;
  /** The owner sent it to the group. */
  readonly message: string;
  readonly file: string;
  /** Of an event. */
  readonly position: number;
}

let program: Program;

const groupOf = async (crowd: Crowd, file: string | null = null) => {
  const { id: group, message } = await makeGroup(program, crowd, file);
  return { group, message };
};

const makeWorld = async (crowd: Crowd): Promise<World> => {
  const file = (await program.call('POST', '/v1/files', { token: crowd.tokens.owner, body: 'x' })).json.id;
  const { group, message } = await groupOf(crowd, file);
  const picture = `/v1/files/${file}`;
  await program.call('PATCH', `/v1/conversations/${group}`, { token: crowd.tokens.owner, json: { picture } });
  const own = (await program.call('POST', '/v1/files', { token: crowd.tokens.stranger, body: 'y' })).json.id;
  await program.call('PATCH', '/v1/me', { token: crowd.tokens.stranger, json: { avatar: `/v1/files/${own}` } });
  return { ...crowd, group, message, file, position: await program.services.events.head() };
};

/** The same people, and another group. */
const withNewGroup = async (world: World): Promise<World> => ({ ...world, ...(await groupOf(world)) });

beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

/** For each route: its request, and the status that each of `people` gets. */
interface Row {
  readonly ask?: (world: World, who: Who) => { json?: unknown };
  readonly expected: readonly Met[];
}

type Met = number | readonly [status: number, code: string];

const gone: Met = [404, 'conversation-unknown'];
const notPermitted: Met = [403, 'not-permitted'];
const notYours: Met = [403, 'not-yours'];

const anybody = (met: Met): readonly Met[] => everybody.map(() => met);
/** What those who are signed in meet. */
const signedIn = (met: Met | ((who: Who) => Met)): readonly Met[] =>
  everybody.map((who) => {
    if (isOut(who)) return [401, 'signed-out'];
    return typeof met === 'function' ? met(who) : met;
  });
/** In the private group: what a member and the owner meet. */
const within = (member: Met, owner: Met, others: Met = gone): readonly Met[] =>
  signedIn((who) => (who === 'member' ? member : who === 'owner' ? owner : others));
/** What an auditor and an admin meet. */
const auditorsMeet = (met: Met) => signedIn((who) => (who === 'auditor' || who === 'admin' ? met : notPermitted));
const auditors = auditorsMeet(200);
const admins = signedIn((who) => (who === 'admin' ? 204 : notPermitted));

const someone = ({ people }: World) => ({ json: { userId: people.stranger.id } });

const table: Readonly<Record<string, Row>> = {
  'GET /': { expected: anybody(200) },
  'GET /docs': { expected: anybody(200) },
  'GET /v1/openapi.json': { expected: anybody(200) },
  'GET /livez': { expected: anybody(200) },
  'GET /readyz': { expected: anybody(200) },
  'GET /metrics': { expected: anybody(200) },
  'POST /v1/users': {
    ask: ({ run }, who) => ({ json: { username: `new-${who}-${run}`, password: 'battery staple' } }),
    expected: anybody(201),
  },
  'POST /v1/sessions': {
    ask: ({ run }) => ({ json: { login: `owner-${run}`, password: PASSWORD } }),
    expected: anybody(201),
  },
  'POST /v1/sessions/refresh': {
    ask: () => ({ json: { refreshToken: 'x' } }),
    expected: anybody([401, 'refresh-token-invalid']),
  },
  'DELETE /v1/sessions/current': { expected: signedIn(204) },
  'POST /v1/sessions/current/ticket': { expected: signedIn(201) },
  'GET /v1/users': { expected: signedIn(200) },
  'GET /v1/search': { expected: signedIn(200) },
  'GET /v1/users/:userId': { expected: signedIn(200) },
  'GET /v1/limits': { expected: signedIn(200) },
  'GET /v1/me': { expected: signedIn(200) },
  'GET /v1/me/export': { expected: signedIn(200) },
  'PATCH /v1/me': { ask: () => ({ json: { firstName: 'X' } }), expected: signedIn(200) },
  'GET /v1/me/mentions': { expected: signedIn(200) },
  'GET /v1/me/unread': { expected: signedIn(200) },
  'GET /v1/me/alert-words': { expected: signedIn(200) },
  'PUT /v1/me/alert-words': { ask: () => ({ json: { words: ['tea'] } }), expected: signedIn(204) },
  'PUT /v1/me/receipts': { ask: () => ({ json: { shown: false } }), expected: signedIn(204) },
  'PUT /v1/me/desks': { ask: () => ({ json: { accepted: false } }), expected: signedIn(204) },
  'DELETE /v1/me': { expected: signedIn(200) },
  'PUT /v1/me/password': {
    ask: () => ({ json: { current: PASSWORD, password: 'battery staple' } }),
    expected: signedIn(204),
  },
  'PUT /v1/users/:userId/roles/:role': { expected: admins },
  'DELETE /v1/users/:userId/roles/:role': { expected: admins },
  'POST /v1/me/email/verification': {
    // Without SMTP_URL.
    expected: signedIn([501, 'mail-not-configured']),
  },
  'POST /v1/email-verifications': { ask: () => ({ json: { token: 'x' } }), expected: anybody([422, 'link-invalid']) },
  'POST /v1/password-resets': {
    ask: () => ({ json: { login: 'x' } }),
    expected: anybody([501, 'mail-not-configured']),
  },
  'PUT /v1/password-resets': {
    ask: () => ({ json: { token: 'x', password: 'battery staple' } }),
    expected: anybody([422, 'link-invalid']),
  },
  'GET /verify-email': { expected: anybody(200) },
  'GET /reset-password': { expected: anybody(200) },
  'PUT /v1/users/:userId/email/verified': {
    ask: () => ({ json: { email: 'stranger@example.org' } }),
    expected: signedIn((who) => (who === 'admin' ? [409, 'email-not-current'] : notPermitted)),
  },
  'PUT /v1/conversations/:conversationId/desk': {
    ask: () => ({ json: { as: 'left' } }),
    // It is no desk.
    expected: signedIn(404),
  },
  'GET /v1/me/sessions': { expected: signedIn(200) },
  'DELETE /v1/me/sessions': { expected: signedIn(204) },
  'DELETE /v1/me/sessions/:sessionId': {
    expected: signedIn([404, 'session-unknown']),
  },
  'POST /v1/me/tokens': { ask: () => ({ json: { name: 'x', scopes: ['read'] } }), expected: signedIn(201) },
  'GET /v1/me/tokens': { expected: signedIn(200) },
  'DELETE /v1/me/tokens/:tokenId': {
    expected: signedIn([404, 'token-unknown']),
  },
  'PUT /v1/users/:userId/suspension': { expected: admins },
  'DELETE /v1/users/:userId/suspension': { expected: admins },
  'DELETE /v1/users/:userId/sessions': { expected: admins },
  'POST /v1/admin/rebuild': { expected: signedIn((who) => (who === 'admin' ? 202 : notPermitted)) },
  'GET /v1/admin/rebuild': { expected: signedIn((who) => (who === 'admin' ? 200 : notPermitted)) },
  'POST /v1/invitations': { expected: signedIn((who) => (who === 'admin' ? 201 : notPermitted)) },
  'DELETE /v1/invitations/:invitationId': {
    expected: signedIn((who) => (who === 'admin' ? [404, 'invitation-unknown'] : notPermitted)),
  },
  'GET /v1/conversations': { expected: signedIn(200) },
  'GET /v1/sync': { expected: signedIn(200) },
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
  'DELETE /v1/conversations/:conversationId/members/:userId': { expected: within([403, 'not-a-moderator'], 204) },
  'PUT /v1/conversations/:conversationId/members/:userId/role': {
    ask: () => ({ json: { role: 'reader' } }),
    // Nobody outside the group has a role in it.
    expected: within([403, 'not-an-owner'], [404, 'user-unknown']),
  },
  'PATCH /v1/conversations/:conversationId/policy': {
    ask: () => ({ json: { slowMode: 5 } }),
    expected: within([403, 'not-an-owner'], 200),
  },
  'PUT /v1/conversations/:conversationId/owners/:userId': { expected: within([403, 'not-an-owner'], 204) },
  'DELETE /v1/conversations/:conversationId/owners/:userId': { expected: within([403, 'not-an-owner'], 204) },
  'POST /v1/conversations/:conversationId/take-over': {
    expected: signedIn((who) => (who === 'admin' ? 200 : isIn(who) ? notPermitted : gone)),
  },
  'POST /v1/conversations/:conversationId/join': { expected: within(200, 200) },
  'POST /v1/conversations/:conversationId/leave': { expected: within(204, 204) },
  'POST /v1/conversations/:conversationId/messages': {
    ask: () => ({ json: { text: 'x' } }),
    expected: within(201, 201),
  },
  'GET /v1/conversations/:conversationId/messages': { expected: within(200, 200) },
  'GET /v1/conversations/:conversationId/messages/:messageId': { expected: within(200, 200) },
  'GET /v1/conversations/:conversationId/messages/:messageId/seen': { expected: within(200, 200) },
  'GET /v1/conversations/:conversationId/messages/:messageId/versions': { expected: within(200, 200) },
  'PATCH /v1/conversations/:conversationId/messages/:messageId': {
    ask: () => ({ json: { text: 'x' } }),
    expected: signedIn((who) => (who === 'owner' ? 200 : who === 'member' || who === 'admin' ? notYours : gone)),
  },
  'POST /v1/conversations/:conversationId/messages/:messageId/restore': {
    // It is not removed.
    expected: signedIn((who) => (who === 'owner' || who === 'admin' ? 204 : who === 'member' ? notYours : gone)),
  },
  'POST /v1/conversations/:conversationId/read': { ask: () => ({ json: { upTo: 1 } }), expected: within(204, 204) },
  'GET /v1/conversations/:conversationId/messages/:messageId/thread': { expected: within(200, 200) },
  'GET /v1/conversations/:conversationId/threads': { expected: within(200, 200) },
  'GET /v1/me/threads': { expected: signedIn(200) },
  'PUT /v1/conversations/:conversationId/messages/:messageId/thread/follow': { expected: within(204, 204) },
  'DELETE /v1/conversations/:conversationId/messages/:messageId/thread/follow': { expected: within(204, 204) },
  'POST /v1/conversations/:conversationId/messages/:messageId/thread/read': {
    ask: () => ({ json: { upTo: 1 } }),
    expected: within(204, 204),
  },
  'DELETE /v1/conversations/:conversationId/messages/:messageId': {
    expected: signedIn((who) => (who === 'owner' || who === 'admin' ? 204 : who === 'member' ? notYours : gone)),
  },
  'PUT /v1/conversations/:conversationId/messages/:messageId/reactions/:emoji': { expected: within(204, 204) },
  'DELETE /v1/conversations/:conversationId/messages/:messageId/reactions/:emoji': { expected: within(204, 204) },
  'GET /v1/conversations/:conversationId/messages/:messageId/reactions': { expected: within(200, 200) },
  'PUT /v1/conversations/:conversationId/messages/:messageId/pin': { expected: within(204, 204) },
  'DELETE /v1/conversations/:conversationId/messages/:messageId/pin': { expected: within(204, 204) },
  'GET /v1/conversations/:conversationId/pins': { expected: within(200, 200) },
  'PUT /v1/conversations/:conversationId/messages/:messageId/bookmark': { expected: within(204, 204) },
  // Who has none is told nothing of the message.
  'DELETE /v1/conversations/:conversationId/messages/:messageId/bookmark': { expected: signedIn(204) },
  'GET /v1/me/bookmarks': { expected: signedIn(200) },
  // Of whom, it does not say.
  'GET /v1/presence': { expected: signedIn([400, 'malformed-request']) },
  'GET /v1/conversations/:conversationId/presence': {
    expected: signedIn((who) => (who === 'owner' || who === 'member' ? 200 : gone)),
  },
  'PUT /v1/me/status': { ask: () => ({ json: { text: 'Away' } }), expected: signedIn(204) },
  'DELETE /v1/me/status': { expected: signedIn(204) },
  'POST /v1/files': { expected: signedIn(201) },
  'GET /v1/files/:fileId': { expected: within(200, 200, 404) },
  'GET /v1/files/:fileId/info': { expected: within(200, 200, 404) },
  'GET /v1/users/:userId/picture': { expected: signedIn(200) },
  'GET /v1/conversations/:conversationId/picture': { expected: within(200, 200) },
  'PUT /v1/users/:userId/erasure': { expected: signedIn((who) => (who === 'admin' ? 202 : notPermitted)) },
  'PUT /v1/conversations/:conversationId/visitor/erasure': {
    // It is no desk.
    expected: signedIn((who) => (who === 'admin' ? gone : notPermitted)),
  },
  'PUT /v1/conversations/:conversationId/messages/:messageId/erasure': {
    expected: signedIn((who) => (who === 'owner' || who === 'admin' ? 202 : who === 'member' ? notYours : gone)),
  },
  'PUT /v1/files/:fileId/erasure': {
    expected: signedIn((who) => (who === 'owner' || who === 'admin' ? 202 : [404, 'file-unknown'])),
  },
  'DELETE /v1/erasures/:targetId': { expected: signedIn([404, 'erasure-unknown']) },
  'GET /v1/audit/erasures': { expected: auditors },
  'GET /v1/audit/erasures/:targetId': {
    expected: signedIn((who) => (who === 'auditor' || who === 'admin' ? [404, 'erasure-unknown'] : notPermitted)),
  },
  'GET /v1/audit/events': { expected: auditors },
  'GET /v1/audit/events/:position/related': { expected: auditors },
  'GET /v1/audit/explain': { expected: auditors },
  'GET /v1/audit/streams/:stream': { expected: auditors },
  'GET /v1/audit/keys': { expected: anybody(200) },
  'GET /v1/audit/seals': { expected: auditors },
  'POST /v1/audit/seals': { expected: auditors },
  // Which seals, or where the event lies, they do not say.
  'GET /v1/audit/consistency': { expected: auditorsMeet([400, 'malformed-request']) },
  'GET /v1/audit/proof/:eventId': { expected: auditorsMeet([404, 'not-found']) },
};

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

const pathOf = ({ path }: Route, { people, group, message, file, position }: World): string =>
  path
    .replace(':conversationId', group)
    .replace(':messageId', message)
    .replace(':emoji', '%F0%9F%91%8D')
    .replace(/reactions$/, 'reactions?emoji=%F0%9F%91%8D')
    .replace(':userId', people.stranger.id)
    .replace(':role', 'staff')
    .replace(':fileId', file)
    .replace(':position', String(position))
    .replace(/search$/, 'search?q=kept')
    .replace(/explain$/, `explain?user=${people.stranger.id}&conversation=${group}&action=read`)
    .replace(/:(session|token|invitation|event|target)Id/, '00000000-0000-4000-8000-000000000000')
    .replace(':stream', `conversation-${group}`);

/** Routes that sign somebody out or hide receipts, which other routes show: they get people of their own, and look at no group. */
const changesPeople = (name: string): boolean =>
  /^PUT .*\/(password|suspension|receipts)$|^DELETE .*\/(me|sessions|sessions\/current)$/.test(name);

/** Routes that change the group: each request gets a group of its own. */
const changesGroup = (name: string): boolean =>
  /^(PATCH|DELETE) \/v1\/conversations|^PUT .*owners|^POST .*(members|leave|join|take-over)/.test(name);

let unchanged: Promise<World> | undefined;
/** One world for all routes that change nothing. */
const sharedWorld = (): Promise<World> => {
  unchanged ??= makeCrowd(program).then(makeWorld);
  return unchanged;
};

const worldFor = async (name: string): Promise<World> => {
  if (changesPeople(name))
    return { ...(await makeCrowd(program)), group: 'none', message: 'none', file: 'none', position: 0 };
  return changesGroup(name) ? withNewGroup(await sharedWorld()) : sharedWorld();
};

test('every route has its row, and every row its route', () => {
  expect(new Set(Object.keys(table))).toEqual(new Set(routes.map(nameOf)));
});

const conforms = ({ answers }: Route, { status, json, headers }: Reply): void => {
  const schema = answers[status];
  if (!(schema instanceof z.ZodType)) return;
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  // The schemas are strict: an undocumented field fails here.
  schema.parse(json);
};

describe.each(routes.map((route) => [nameOf(route), route] as const))('%s', (name, route) => {
  test('is for whom it is for', async () => {
    const { ask, expected } = table[name]!;
    let world = await worldFor(name);
    let isChanged = false;
    for (const [i, who] of everybody.entries()) {
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
