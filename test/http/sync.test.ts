// A client that starts: one answer has all that it shows, and a socket goes on from there.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stores } from '../../src/stores.ts';
import { callAs } from '../support/callAs.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Frame, listening, type SocketServer, startSockets } from '../support/sockets.ts';

/** What happens while an answer is being read: before it has the places of the conversations, and again before it shows them. */
let meanwhile: (() => Promise<unknown>)[] = [];
const interrupted = (stores: Stores): Stores => ({
  ...stores,
  views: instead(stores.views, {
    find: async (collection, wanted) => {
      if (collection === 'memberships') await meanwhile.shift()?.();
      return stores.views.find(collection, wanted);
    },
    get: async (collection, ids) => {
      if (collection === 'messages' || collection === 'users') await meanwhile.shift()?.();
      return stores.views.get(collection, ids);
    },
  }),
});

let program: Program;
let server: SocketServer;
let ann: Person;
let ben: Person;

beforeAll(async () => {
  program = await startProgram({ stores: interrupted });
  server = await startSockets(program);
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});

afterAll(async () => {
  await server.close();
  await program.close();
});

const call = callAs(() => program);
const group = async (owner: Person, members: readonly Person[], name = 'team'): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name, memberIds: members.map(({ id }) => id) })).id;
const say = (by: Person, where: string, text = 'hello') =>
  call(by, 'POST', `/v1/conversations/${where}/messages`, { text });
const sync = (by: Person, query = '') => call(by, 'GET', `/v1/sync${query}`);

describe('one answer has', () => {
  test('the account, the conversations by activity as they are shown one by one, and whom they name', async () => {
    const teams = [await group(ann, [ben], 'one'), await group(ben, [ann], 'two')];
    const { id: chat } = await call(ben, 'POST', '/v1/chats', { userId: ann.id });
    await say(ben, chat, 'psst');
    await say(ben, teams[0]!, `@ann ${'x'.repeat(300)}`);
    const { log, position, account, conversations, included } = await sync(ann);
    expect(account).toEqual(await call(ann, 'GET', '/v1/me'));
    expect(conversations.items.map(({ id }: Frame) => id).slice(0, 3)).toEqual([teams[0], chat, teams[1]]);
    for (const shown of conversations.items)
      expect(shown).toEqual(await call(ann, 'GET', `/v1/conversations/${shown.id}`));
    expect(conversations.items[0]).toMatchObject({ unread: 1, mentions: 1, lastMessage: { senderId: ben.id } });
    expect(included.users.map(({ username }: Frame) => username).toSorted()).toEqual(['ann', 'ben']);
    expect(log).toBe(program.services.logIdentity.logId);
    expect(position).toBe(await program.services.events.head());
  });

  test('as many conversations as asked for, and the rest follow in the list by activity', async () => {
    const whole = (await sync(ann)).conversations;
    const { items, next } = (await sync(ann, '?conversations=1')).conversations;
    const rest = await call(ann, 'GET', `/v1/conversations?order=activity&after=${next}`);
    expect([...items, ...rest.items]).toEqual(whole.items);
    expect(whole.next).toBeNull();
  });

  test('for an earlier position what it would have had', async () => {
    const early = await sync(ann);
    await say(ben, early.conversations.items[0].id, 'later');
    await call(ann, 'PATCH', '/v1/me', { firstName: 'Anna' });
    expect(await sync(ann, `?asOf=${early.position}`)).toEqual(early);
    expect((await sync(ann)).account.firstName).toBe('Anna');
  });
});

test('what happens while it is read is left to the frames', async () => {
  const late = await group(ann, []);
  const [left, joined, told] = [await group(ann, [ben]), await group(ann, []), await group(ann, [ben])];
  await call(ann, 'PATCH', `/v1/conversations/${late}/policy`, { history: 'since-joining' });
  await say(ann, late, 'before ben came');
  await call(ann, 'POST', `/v1/conversations/${late}/members`, { userId: ben.id });
  const { id: chat } = await call(ann, 'POST', '/v1/chats', { userId: ben.id });
  await say(ann, chat, 'last');
  const changes = [
    () => call(ann, 'DELETE', `/v1/conversations/${left}/members/${ben.id}`),
    () => call(ann, 'POST', `/v1/conversations/${joined}/members`, { userId: ben.id }),
    () => say(ann, told, '@ben news'),
    () => call(ann, 'PATCH', `/v1/conversations/${told}`, { name: 'renamed' }),
    () => call(ann, 'PATCH', `/v1/conversations/${late}`, { name: 'renamed' }),
    () => call(ann, 'PATCH', '/v1/me', { firstName: 'Other' }),
    () => call(ben, 'PATCH', '/v1/me', { lastName: 'Other' }),
    () => call(ben, 'POST', `/v1/conversations/${chat}/read`, { upTo: 1 }),
    () => call(ann, 'DELETE', `/v1/conversations/${chat}/messages/${last}`),
  ];
  const { id: last } = await say(ann, chat, 'really');
  for (const query of ['', '?conversations=2'])
    for (const change of changes)
      for (const before of [0, 1, 2, 3]) {
        const quiet = await sync(ben, query);
        let position = quiet.position;
        const noted = async () => {
          await change();
          position = await program.services.events.head();
        };
        meanwhile = [...Array.from({ length: before }, () => async () => undefined), noted];
        const answer = await sync(ben, query);
        meanwhile = [];
        expect(answer).toEqual(quiet);
        expect(position).toBeGreaterThanOrEqual(answer.position);
      }
});

interface Known {
  seq: number;
  last: string | undefined;
  name: string;
}

/** What a client knows after the answer, and then after each frame. It fails at a gap, and at what it knows already. */
const clientAfter = (answer: Frame, frames: readonly Frame[]): Record<string, Known> => {
  const known = new Map<string, Known>();
  for (const { id, messageCount: seq, lastMessage, name } of answer.conversations.items)
    known.set(id, { seq, last: lastMessage?.id, name });
  let position: number = answer.position;
  for (const frame of frames) {
    expect(frame.position).toBeGreaterThan(position);
    position = frame.position;
    const { conversationId } = frame;
    const conversation = known.get(conversationId);
    if (frame.type === 'message') {
      if (conversation?.seq !== undefined) expect(frame.message.seq).toBe(conversation.seq + 1);
      Object.assign(conversation!, { seq: frame.message.seq, last: frame.message.id });
    } else if (frame.type === 'conversation') Object.assign(conversation ?? {}, frame.changes);
    // A socket that resumes is told of every departure, but of no membership that is over.
    else if (frame.userId === ben.id && frame.type === 'member-removed') known.delete(conversationId);
    else if (frame.userId === ben.id && frame.type === 'member-added') {
      expect(conversation).toBeUndefined();
      known.set(conversationId, { seq: undefined as never, last: undefined, name: 'tea' });
    }
  }
  return Object.fromEntries(known);
};

test('between the answer and the first frame nothing is missing and nothing is told twice, however fast others write', async () => {
  const teams = [await group(ann, [ben]), await group(ann, [ben])];
  const tea = await group(ann, [ben], 'tea');
  const over = new AbortController();
  const busy = async (once: (i: number) => Promise<unknown>) => {
    for (let i = 0; !over.signal.aborted; i++) await once(i);
  };
  const writers = [
    ...teams.flatMap((team) => [1, 2, 3].map(() => busy(() => say(ann, team)))),
    busy((i) => call(ann, 'PATCH', `/v1/conversations/${teams[0]}`, { name: `team ${i}` })),
    busy(async (i) => {
      if (i % 2 === 0) await call(ann, 'DELETE', `/v1/conversations/${tea}/members/${ben.id}`);
      else await call(ann, 'POST', `/v1/conversations/${tea}/members`, { userId: ben.id });
    }),
  ];
  const answers: Frame[] = [];
  for (let i = 0; i < 25; i++) answers.push(await sync(ben));
  over.abort();
  await Promise.all(writers);
  const { id: end } = await say(ann, teams[1]!, 'the end');
  const now = clientAfter(await sync(ben), []);
  for (const answer of answers) {
    const client = await listening(server, ben.token, { after: answer.position });
    if (!client.frames.some(({ message }) => message?.id === end))
      await client.next('message', {
        position: (await call(ann, 'GET', `/v1/conversations/${teams[1]}/messages/${end}`)).position,
      });
    const told = client.frames.filter(({ type }) =>
      ['message', 'conversation', 'member-added', 'member-removed'].includes(type),
    );
    const then = clientAfter(answer, told);
    for (const team of teams) expect(then[team]).toEqual(now[team]);
    expect(tea in then).toBe(tea in now);
    client.close();
  }
}, 60_000);
