// Access: every frame of the native socket, sent by every kind of user.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Inbound } from '../../src/ws/wire.ts';
import { type Crowd, everybody, isIn, isOut, makeCrowd, makeGroup, type Who } from '../support/everybody.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type Client, connect, type Frame, type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
let server: SocketServer;
let crowd: Crowd;
let group: string;
let message: { readonly conversationId: string; readonly messageId: string };
const clients = {} as Record<Who, Client>;

/** The answer to a frame: the code of a refusal, or the type; undefined: none. */
const answerTo = async (client: Client, frame: object): Promise<string | undefined> => {
  const key = crypto.randomUUID();
  client.send({ key, ...frame });
  client.send({ type: 'ping', key: `after-${key}` });
  await client.next('pong', { key: `after-${key}` });
  const answer = client.frames.find((one) => one.key === key);
  return answer?.code ?? answer?.type;
};

beforeAll(async () => {
  program = await startProgram();
  // Some of them never sign in.
  server = await startSockets(program, { signInWithin: 600_000 });
  crowd = await makeCrowd(program);
  const made = await makeGroup(program, crowd);
  group = made.id;
  message = { conversationId: group, messageId: made.message };
  for (const who of everybody) clients[who] = await connect(server);
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.close();
  await server.close();
  await program.close();
});

type Answers = (who: Who) => string | undefined;

const signedIn =
  (answer: string | undefined): Answers =>
  (who) =>
    isOut(who) ? 'signed-out' : answer;
const within =
  (answer: string | undefined): Answers =>
  (who) =>
    isOut(who) ? 'signed-out' : isIn(who) ? answer : 'conversation-unknown';

/** The owner said it. `mayToo`: others who may. */
const treating =
  (mayToo: (who: Who) => boolean): Answers =>
  (who) => {
    if (isOut(who)) return 'signed-out';
    if (who === 'owner' || mayToo(who)) return 'accepted';
    return isIn(who) || who === 'admin' ? 'not-yours' : 'conversation-unknown';
  };

/** In this order: the first signs in who can. */
const rows: Readonly<Record<string, { readonly frame: (who: Who) => object; readonly answers: Answers }>> = {
  'sign-in': { frame: (who) => ({ token: crowd.tokens[who] ?? 'none' }), answers: signedIn('ready') },
  subscribe: { frame: () => ({ conversationIds: [group] }), answers: within('caught-up') },
  send: { frame: () => ({ conversationId: group, text: 'x' }), answers: within('accepted') },
  edit: { frame: () => ({ ...message, text: 'x' }), answers: treating(() => false) },
  // It is not removed yet.
  restore: { frame: () => message, answers: treating((who) => who === 'admin') },
  read: { frame: () => ({ conversationId: group, upTo: 1 }), answers: within('accepted') },
  'read-thread': { frame: () => ({ ...message, upTo: 1 }), answers: within('accepted') },
  react: { frame: () => ({ ...message, emoji: '👍' }), answers: within('accepted') },
  unreact: { frame: () => ({ ...message, emoji: '👍' }), answers: within('accepted') },
  remove: { frame: () => message, answers: treating((who) => who === 'admin') },
  typing: { frame: () => ({ conversationId: group }), answers: within(undefined) },
  presence: { frame: () => ({ state: 'away' }), answers: signedIn(undefined) },
  ping: { frame: () => ({}), answers: () => 'pong' },
};

test('every frame has its row, and every row its frame', () => {
  expect(new Set(Object.keys(rows))).toEqual(new Set(Inbound.options.map(({ shape }) => shape.type.value)));
});

describe.each(Object.entries(rows))('%s', (type, { frame, answers }) => {
  test('is for whom it is for', async () => {
    const met = new Map<Who, string | undefined>();
    for (const who of everybody) met.set(who, await answerTo(clients[who], { type, ...frame(who) }));
    expect(met).toEqual(new Map(everybody.map((who) => [who, answers(who)])));
  });
});

describe('everybody receives what the owner does, as far as it is for them', () => {
  const own = (who: Who) => who === 'owner';
  const ofGroup = (type: string) => (frame: Frame) => frame.type === type && frame.conversationId === group;
  const path = () => `/v1/conversations/${group}`;
  let another: string;
  const said = () => `${path()}/messages/${another}`;
  const inThread = () => `${path()}/messages/${message.messageId}/thread`;
  // Strangers were refused the group, so they have subscribed to nothing yet.
  beforeAll(async () => {
    const json = { text: 'one' };
    another = (await program.call('POST', `${path()}/messages`, { token: crowd.tokens.owner!, json })).json.id;
    for (const who of everybody)
      expect(await answerTo(clients[who], { type: 'subscribe' })).toBe(isOut(who) ? 'signed-out' : 'caught-up');
  });

  type Does = readonly [method: string, path: string, json?: object];

  const pushes: Readonly<
    Record<string, { does: () => Does; is: (frame: Frame) => boolean; isFor: (who: Who) => boolean }>
  > = {
    message: {
      does: () => ['POST', `${path()}/messages`, { text: 'x' }],
      is: ofGroup('message'),
      isFor: isIn,
    },
    'message-edited': {
      does: () => ['PATCH', said(), { text: 'another' }],
      is: ofGroup('message-edited'),
      isFor: isIn,
    },
    'message-removed': { does: () => ['DELETE', said()], is: ofGroup('message-removed'), isFor: isIn },
    'message-restored': { does: () => ['POST', `${said()}/restore`], is: ofGroup('message-restored'), isFor: isIn },
    conversation: { does: () => ['PATCH', path(), { name: 'renamed' }], is: ofGroup('conversation'), isFor: isIn },
    'member-added': {
      does: () => ['POST', `${path()}/members`, { userId: crowd.people.auditor.id }],
      is: ofGroup('member-added'),
      isFor: (who) => isIn(who) || who === 'auditor',
    },
    'member-removed': {
      does: () => ['DELETE', `${path()}/members/${crowd.people.auditor.id}`],
      is: ofGroup('member-removed'),
      isFor: (who) => isIn(who) || who === 'auditor',
    },
    'reaction-added': {
      does: () => ['PUT', `${said()}/reactions/%F0%9F%8E%89`],
      is: ofGroup('reaction-added'),
      isFor: isIn,
    },
    'reaction-taken-back': {
      does: () => ['DELETE', `${said()}/reactions/%F0%9F%8E%89`],
      is: ofGroup('reaction-taken-back'),
      isFor: isIn,
    },
    'message-pinned': {
      does: () => ['PUT', `${said()}/pin`],
      is: ofGroup('message-pinned'),
      isFor: isIn,
    },
    'message-unpinned': {
      does: () => ['DELETE', `${said()}/pin`],
      is: ofGroup('message-unpinned'),
      isFor: isIn,
    },
    'bookmark-added': {
      does: () => ['PUT', `${said()}/bookmark`],
      is: ofGroup('bookmark-added'),
      isFor: own,
    },
    'bookmark-removed': {
      does: () => ['DELETE', `${said()}/bookmark`],
      is: ofGroup('bookmark-removed'),
      isFor: own,
    },
    read: { does: () => ['POST', `${path()}/read`, { upTo: 0 }], is: ofGroup('read'), isFor: own },
    'thread-read': { does: () => ['POST', `${inThread()}/read`, { upTo: 0 }], is: ofGroup('thread-read'), isFor: own },
    'thread-followed': {
      does: () => ['PUT', `${inThread()}/follow`],
      is: ofGroup('thread-followed'),
      isFor: own,
    },
    'thread-unfollowed': {
      does: () => ['DELETE', `${inThread()}/follow`],
      is: ofGroup('thread-unfollowed'),
      isFor: own,
    },
    user: {
      does: () => ['PATCH', '/v1/me', { firstName: 'Olga' }],
      is: ({ type, user }) => type === 'user' && user.id === crowd.people.owner.id,
      isFor: isIn,
    },
  };

  test.each(Object.entries(pushes))('%s', async (_, { does, is, isFor }) => {
    const [method, where, json] = does();
    const before = Object.fromEntries(everybody.map((who) => [who, clients[who].frames.length]));
    const { status } = await program.call(method, where, { token: crowd.tokens.owner!, ...(json && { json }) });
    expect(status).toBeLessThan(300);
    const marker = { token: crowd.tokens.owner!, json: { text: 'marker' } };
    const { position } = (await program.call('POST', `${path()}/messages`, marker)).json;
    await clients.owner.next('message', { position });
    for (const who of everybody) {
      await answerTo(clients[who], { type: 'ping' });
      const received = clients[who].frames.slice(before[who]).filter(is);
      expect([who, received.some((frame) => frame.position !== position)]).toEqual([who, isFor(who)]);
    }
  });
});
