// A key belongs to its user and its target: for every native command that takes a key, the log shows it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { join } from '../../src/commands/join.ts';
import { tokenFor } from '../../src/commands/mailedLinks.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import type { EventType } from '../../src/domain/events.ts';
import { users } from '../../src/domain/user.ts';
import { routes } from '../../src/http/routes/index.ts';
import { meta } from '../support/core.ts';
import { recorded, textsSaid } from '../support/log.ts';
import { type Call, PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { isDistributed } from '../support/stores.ts';

/** Of each route: enough that both commands of a pair, and many pairs, are under way at once. */
const PAIRS = isDistributed ? 3 : 10;
/** With store servers each takes ten times as long, and the commands are the same. */
const MANY = isDistributed ? 10 : 50;
/** Passwords that the server accepts for hashing at once. */
const FEW = isDistributed ? 3 : 5;

let program: Program;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
});
afterAll(() => program.close());

interface Wish extends Call {
  readonly path: string;
}

const ask = ({ path, headers, ...call }: Wish, key: string) =>
  program.call('POST', path, { ...call, headers: { ...headers, 'Idempotency-Key': key } });
const head = () => program.services.events.head();
const count = async (type: EventType): Promise<number> => (await recorded(program.services.events, type)).length;
const since = async (position: number) =>
  (await program.services.events.readLog(position)).map(({ type, stream }) => `${type} in ${stream}`);
const core = () => program.services.core;

const settled = async () => expect(await program.services.progress.reached(await head(), 10_000)).toBe(true);
const groupOf = async (owner: Person, name: string, isPublic = false) =>
  (await createGroup(core(), meta(owner.id), { name, public: isPublic })).conversationId;
const somebody = async (username: string) => (await registerUser(core(), meta(), { username })).userId;
const mine = (path: string, json?: unknown): Wish => ({ path, json, token: ann.token });

interface KeyedRoute {
  readonly path: string;
  readonly records: EventType;
  readonly pairs?: number;
  /** A wish with a new target. */
  readonly wish: (name: string) => Promise<Wish> | Wish;
  /** The same wish with other content. Undefined: it has no content. */
  readonly other?: (wish: Wish) => Wish;
}

const withJson =
  (more: object) =>
  (wish: Wish): Wish => ({ ...wish, json: { ...(wish.json as object), ...more } });

const file = (token: string, body: string): Wish => ({
  path: '/v1/files?name=a.txt',
  token,
  body,
  headers: { 'Content-Type': 'text/plain' },
});

let addresses = 0;

const keyed: readonly KeyedRoute[] = [
  {
    path: '/v1/groups',
    records: 'GroupCreated',
    wish: (name) => mine('/v1/groups', { name }),
    other: withJson({ description: 'another' }),
  },
  {
    path: '/v1/rooms',
    records: 'RoomOpened',
    wish: (name) => mine('/v1/rooms', { name }),
    other: withJson({ capacity: 7 }),
  },
  {
    path: '/v1/chats',
    records: 'DirectChatStarted',
    wish: async (name) => mine('/v1/chats', { userId: await somebody(name) }),
  },
  {
    path: '/v1/conversations/:conversationId/members',
    records: 'MemberAdded',
    wish: async (name) => mine(`/v1/conversations/${await groupOf(ann, name)}/members`, { userId: bob.id }),
    other: (wish) => ({ ...wish, json: { userId: ann.id } }),
  },
  {
    path: '/v1/conversations/:conversationId/join',
    records: 'MemberJoined',
    wish: async (name) => mine(`/v1/conversations/${await groupOf(bob, name, true)}/join`),
    other: (wish) => ({ ...wish, path: wish.path.replace('/join', '/leave') }),
  },
  {
    path: '/v1/conversations/:conversationId/leave',
    records: 'MemberLeft',
    wish: async (name) => {
      const group = await groupOf(bob, name, true);
      await join(core(), meta(ann.id), { conversationId: group });
      return mine(`/v1/conversations/${group}/leave`);
    },
    other: (wish) => ({ ...wish, path: wish.path.replace('/leave', '/join') }),
  },
  {
    path: '/v1/conversations/:conversationId/take-over',
    records: 'GroupTakenOver',
    wish: async (name) => {
      await grantRole(core(), meta(), { userId: ann.id, role: 'admin' });
      return mine(`/v1/conversations/${await groupOf(bob, name)}/take-over`);
    },
    other: (wish) => ({ ...wish, path: wish.path.replace('/take-over', '/leave') }),
  },
  {
    path: '/v1/conversations/:conversationId/messages',
    records: 'MessageSent',
    wish: async (name) => mine(`/v1/conversations/${await groupOf(ann, name)}/messages`, { text: 'hi' }),
    other: withJson({ text: 'ho' }),
  },
  {
    path: '/v1/conversations/:conversationId/messages/:messageId/restore',
    records: 'MessageRestored',
    wish: async (name) => {
      const conversationId = await groupOf(ann, name);
      const { messageId } = await sendMessage(core(), meta(ann.id), { conversationId, text: 'one' });
      await removeMessage(core(), meta(ann.id), { conversationId, messageId });
      return mine(`/v1/conversations/${conversationId}/messages/${messageId}/restore`);
    },
  },
  {
    path: '/v1/conversations/:conversationId/read',
    records: 'MessagesRead',
    wish: async (name) => {
      const conversationId = await groupOf(ann, name);
      await sendMessage(core(), meta(ann.id), { conversationId, text: 'one' });
      return mine(`/v1/conversations/${conversationId}/read`, { upTo: 1 });
    },
    other: withJson({ upTo: 2 }),
  },
  {
    path: '/v1/conversations/:conversationId/messages/:messageId/thread/read',
    records: 'ThreadRead',
    wish: async (name) => {
      const conversationId = await groupOf(ann, name);
      const { messageId } = await sendMessage(core(), meta(ann.id), { conversationId, text: 'one' });
      await sendMessage(core(), meta(ann.id), { conversationId, text: 'two', threadId: messageId });
      return mine(`/v1/conversations/${conversationId}/messages/${messageId}/thread/read`, { upTo: 1 });
    },
    other: withJson({ upTo: 2 }),
  },
  {
    path: '/v1/files',
    records: 'FileStored',
    // The target is the sender: all files of one user.
    wish: (name) => file((name.includes(' two ') ? bob : ann).token, 'one of four'),
    other: (wish) => ({ ...wish, body: 'two of four' }),
  },
  {
    path: '/v1/me/tokens',
    records: 'SessionOpened',
    // Like files: the target is whoever asks.
    wish: (name) => {
      const { token } = name.includes(' two ') ? bob : ann;
      return { path: '/v1/me/tokens', token, json: { name: 'bot', scopes: ['read'] } };
    },
    other: withJson({ scopes: ['read', 'write'] }),
  },
  {
    path: '/v1/invitations',
    records: 'InvitationMade',
    wish: async (name) => {
      const { id, token } = name.includes(' two ') ? bob : ann;
      await grantRole(core(), meta(), { userId: id, role: 'admin' });
      return { path: '/v1/invitations', token, json: { uses: 2 } };
    },
    other: withJson({ uses: 3 }),
  },
  {
    path: '/v1/users',
    records: 'UserRegistered',
    pairs: FEW,
    wish: (username) => ({ path: '/v1/users', json: { username, password: PASSWORD } }),
  },
  {
    path: '/v1/email-verifications',
    records: 'EmailVerified',
    pairs: FEW,
    wish: async (username) => {
      const email = `n${++addresses}@example.com`;
      const { userId } = await registerUser(core(), meta(), { username, email });
      const token = tokenFor(core(), 'verify-email', await core().ledger.load(users, userId));
      return { path: '/v1/email-verifications', json: { token } };
    },
  },
  {
    path: '/v1/sessions',
    records: 'SessionOpened',
    pairs: FEW,
    wish: async (username) => {
      await registerUser(core(), meta(), { username, password: PASSWORD });
      return { path: '/v1/sessions', json: { login: username, password: PASSWORD } };
    },
  },
  {
    path: '/v1/sessions/refresh',
    records: 'SessionRefreshed',
    wish: async () => {
      const { refreshToken } = await signInAs(core(), meta(), await core().ledger.load(users, ann.id));
      return { path: '/v1/sessions/refresh', json: { refreshToken } };
    },
  },
];

test('every route that carries out a command under a key is tried here', () => {
  const posts = routes.filter(({ method }) => method === 'POST').map(({ path }) => path);
  const recordNothing = ['/v1/sessions/current/ticket', '/v1/me/email/verification', '/v1/password-resets'];
  // Done twice, they are as done once.
  const unkeyed = ['/v1/admin/rebuild', '/v1/audit/seals'];
  const tried = [...keyed.map(({ path }) => path), ...recordNothing, ...unkeyed];
  expect(new Set(tried)).toEqual(new Set(posts));
});

describe.each(keyed)('POST $path', ({ path, records, wish, other, pairs = PAIRS }) => {
  test('one key on two targets at once is two commands, and each retry is answered as the first time', async () => {
    const wishes = await Promise.all(
      Array.from({ length: pairs }, async (_, i) => [
        { key: `k-${i}`, wish: await wish(`${path} one ${i}`) },
        { key: `k-${i}`, wish: await wish(`${path} two ${i}`) },
      ]),
    );
    const all = wishes.flat();
    const before = await count(records);
    const first = await Promise.all(all.map(({ key, wish }) => ask(wish, key)));
    expect(new Set(first.map(({ status }) => Math.floor(status / 100)))).toEqual(new Set([2]));
    expect(await count(records)).toBe(before + 2 * pairs);
    await settled();
    const position = await head();
    const again = await Promise.all(all.map(({ key, wish }) => ask(wish, key)));
    for (const [i, { status, json }] of first.entries()) {
      // 202: the views were late, so the first answer had nothing to show yet.
      if (status === 202) expect(again[i]!.status).toBeLessThan(300);
      else expect({ status: again[i]!.status, json: again[i]!.json }).toEqual({ status, json });
    }
    expect(await since(position)).toEqual([]);
  });

  if (other === undefined) return;
  test('another command on the same target under the same key is refused', async () => {
    const given = await wish(`${path} again`);
    expect((await ask(given, 'reused')).status).toBeLessThan(300);
    const position = await head();
    const { status, json } = await ask(other(given), 'reused');
    expect([status, json.code]).toEqual([422, 'command-key-reused']);
    expect(await since(position)).toEqual([]);
  });
});

test('many keys used at once in two conversations are as many messages in each, in the log and in the lists', async () => {
  const rooms = [await groupOf(ann, 'left'), await groupOf(ann, 'right')];
  const texts = Array.from({ length: MANY }, (_, i) => `text ${i}`);
  await Promise.all(
    texts.flatMap((text, i) =>
      rooms.map((room) => ask(mine(`/v1/conversations/${room}/messages`, { text }), `at-once-${i}`)),
    ),
  );
  await settled();
  for (const room of rooms) {
    const said = await textsSaid(program.services.events, room);
    expect([said.length, new Set(said)]).toEqual([MANY, new Set(texts)]);
    const { items } = (await program.call('GET', `/v1/conversations/${room}/messages?limit=100`, { token: ann.token }))
      .json;
    expect(items.map(({ text }: { text: string }) => text)).toEqual(said);
  }
});

test('another user’s key is another key', async () => {
  const room = (await ask(mine('/v1/rooms', { name: 'All' }), 'theirs')).json.id;
  for (const path of [`/v1/conversations/${room}/messages`, '/v1/groups']) {
    const json = { text: 'hi', name: 'hi' };
    const wish = { path, json: path === '/v1/groups' ? { name: json.name } : { text: json.text } };
    const [one, two] = [
      await ask({ ...wish, token: ann.token }, 'theirs'),
      await ask({ ...wish, token: bob.token }, 'theirs'),
    ];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.json.id).not.toBe(one.json.id);
  }
});

test('strangers share no key: the second one gets the answer that it would get anyway', async () => {
  const register = (json: object) => ask({ path: '/v1/users', json }, 'stranger');
  const first = await register({ username: 'wanted', password: 'correct horse' });
  expect(first.status).toBe(201);
  for (const more of [{ password: 'battery staple' }, { password: 'correct horse', firstName: 'Eve' }]) {
    const second = await register({ username: 'wanted', ...more });
    expect([second.status, second.json.code]).toEqual([409, 'username-taken']);
  }
  const signIn = (password: string) => ask({ path: '/v1/sessions', json: { login: 'wanted', password } }, 'stranger');
  expect((await signIn('correct horse')).status).toBe(201);
  const wrong = await signIn('battery staple');
  expect([wrong.status, wrong.json.code]).toEqual([401, 'credentials-wrong']);
});

test('what was sent counts, as it was sent: neither the order of its fields nor what this server adds', async () => {
  const path = `/v1/conversations/${await groupOf(ann, 'as sent')}/messages`;
  const stored = (await ask(file(ann.token, 'sent along'), 'as-sent')).json.id as string;
  const first = await ask(mine(path, { text: 'hi', fileId: stored }), 'as-sent');
  const again = await ask(mine(path, { fileId: stored, text: 'hi' }), 'as-sent');
  expect([again.status, again.json]).toEqual([201, first.json]);
  const { json } = await ask(mine(path, { text: 'plain' }), 'plain');
  const said = await recorded(program.services.events, 'MessageSent');
  const { commandHash } = said.find(({ data }) => data.messageId === json.id)!.meta;
  expect(commandHash).toBe(core().tokens.fingerprint(['POST', path, {}, { text: 'plain' }]));
});

describe('a form with a file', () => {
  const form = (content: string, name = 'a.txt') => {
    const body = new FormData();
    body.set('file', new File([content], name, { type: 'text/plain' }));
    return body;
  };
  const upload = (content: string, name?: string) =>
    ask({ path: '/v1/files', token: ann.token, body: form(content, name) }, 'form');

  test('is known by the file’s content and name, whatever its boundary', async () => {
    const [first, again] = [await upload('one of two'), await upload('one of two')];
    expect([first.status, again.json]).toEqual([201, first.json]);
    for (const other of [await upload('two of two'), await upload('one of two', 'b.txt')])
      expect([other.status, other.json.code]).toEqual([422, 'command-key-reused']);
    const { text } = await program.call('GET', `/v1/files/${first.json.id}`, { token: ann.token });
    expect(text).toBe('one of two');
  });
});
