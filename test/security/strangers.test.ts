// S21, S24, S28, S30, S66: what lies in a private group tells strangers nothing, not even that it is there.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/http/routes/index.ts';
import { recorded } from '../support/log.ts';
import { type Person, type Program, type Reply, startProgram } from '../support/program.ts';
import { type Client, connect, listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let eve: Person;
let group: { readonly id: string; readonly number: number };
let file: { readonly id: string; readonly number: number };
let message: { readonly id: string; readonly number: number; readonly position: number };
const server = () => ({ port: Number(new URL(program.url).port) });

const ask = (who: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: who.token, ...(json === undefined ? {} : { json }) });

const say = async (text: string, conversationId = group.id) =>
  (await ask(ann, 'POST', `/v1/conversations/${conversationId}/messages`, { text })).json;

beforeAll(async () => {
  program = await startProgram();
  [ann, ben, eve] = await Promise.all([program.person('ann'), program.person('ben'), program.person('eve')]);
  const json = { name: 'Plans', slug: 'plans', memberIds: [ben.id] };
  group = (await ask(ann, 'POST', '/v1/groups', json)).json;
  file = (await program.call('POST', '/v1/files?name=plan.txt', { token: ann.token, body: 'the plan' })).json;
  message = (await ask(ann, 'POST', `/v1/conversations/${group.id}/messages`, { text: 'secret', fileId: file.id }))
    .json;
  await ask(ann, 'PATCH', `/v1/conversations/${group.id}`, { picture: `/v1/files/${file.id}` });
});
afterAll(() => program.close());

/** All of an answer but what differs each time. */
const told = ({ status, text, headers }: Reply, ...names: readonly (string | number)[]) => {
  const changing = ['date', 'x-request-id', 'x-position', 'content-length'];
  // A number may be a part of another one, such as a status.
  const plain = names.reduce<string>((shown, name) => shown.replace(new RegExp(`\\b${name}\\b`, 'g'), '…'), text);
  return {
    status,
    body: plain.replace(/"requestId":"[^"]*"/, ''),
    headers: [...headers].filter(([name]) => !changing.includes(name)),
  };
};

describe('a stranger gets the same answer for what is private as for what does not exist', () => {
  // Those for admins alone answer nobody else, whatever they name.
  const about = routes.filter(({ path, access }) => access !== 'suspend' && /:(conversationId|fileId)/.test(path));
  /** They are private to whoever asks, and answer the same about whatever is named. */
  const quiet = ['DELETE /v1/conversations/:conversationId/messages/:messageId/bookmark'];
  const bodies: Readonly<Record<string, unknown>> = { 'POST members': { userId: randomUUID() } };

  test.each(about.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', async (_, route) => {
    const { method, path, example } = route;
    const json = bodies[`${method} ${path.split('/').at(-1)}`] ?? example;
    const at = (conversationId: string, fileId: string) =>
      ask(
        eve,
        method,
        path
          .replace(':conversationId', conversationId)
          .replace(':fileId', fileId)
          .replace(':userId', ben.id)
          .replace(':messageId', message.id)
          .replace(':emoji', '%F0%9F%91%8D')
          .replace(/reactions$/, 'reactions?emoji=%F0%9F%91%8D'),
        json,
      );
    const real = await at(group.id, file.id);
    const [noGroup, noFile] = [randomUUID(), randomUUID()];
    expect(told(real, group.id, file.id)).toEqual(told(await at(noGroup, noFile), noGroup, noFile));
    expect(real.status).toBe(quiet.includes(`${method} ${path}`) ? 204 : 404);
  });

  const NOWHERE = 987_654_321;
  const dialectPaths: readonly (readonly [
    string,
    string,
    (number: number, id: string, slug: string) => readonly [string, unknown?],
  ])[] = [
    ['solari', 'GET', (number) => [`/api/solarigroup/${number}/messages/`]],
    ['solari', 'POST', (number) => [`/api/solarigroup/${number}/messages/`, { content: 'x' }]],
    ['solari', 'GET', (_, id) => [`/api/chats/messages/?chat=${id}`]],
    ['django-chat', 'GET', (number) => [`/api/messages/${number}/`]],
    ['django-chat', 'POST', (number) => [`/api/messages/${number}/send/`, { receiver_group: number, message: 'x' }]],
    ['django-chat', 'POST', (number) => [`/api/groups/${number}/join/`]],
    ['django-chat', 'POST', (number) => [`/api/groups/${number}/leave/`]],
    ['nargil', 'GET', (_, id) => [`/cht/api/groups/${id}/chat/`]],
    ['nargil', 'GET', (_n, _id, slug) => [`/cht/api/groups/${slug}/chat/`]],
    ['nargil', 'POST', (_n, _id, slug) => [`/cht/api/group_chat/${slug}/`, { add_member: true, uuid: randomUUID() }]],
    ['thanchat', 'GET', (number) => [`/chatApp/chatRooms/${number}/`]],
    ['thanchat', 'GET', (number) => [`/chatApp/messages/?chat_room_id=${number}`]],
    ['thanchat', 'POST', (number) => ['/chatApp/messages/', { message_text: 'x', chat_room_receiver: number }]],
  ];
  test.each(dialectPaths)('through %s: %s, %#', async (name, method, at) => {
    const to = async (number: number, id: string, slug: string) => {
      const [path, json] = at(number, id, slug);
      return told(await ask(eve, method, `/${name}${path}`, json), number, id, slug);
    };
    const real = await to(group.number, group.id, 'plans');
    expect(real).toEqual(await to(NOWHERE, randomUUID(), 'no-plans'));
    expect(real.body).not.toMatch(/secret|plan/i);
  });

  test.each([
    ['django-chat', `/api/messages/files/`, () => file.number],
    ['thanchat', '/chatApp/messages/', () => message.number],
  ] as const)('through %s: the number of a file or a message', async (name, path, number) => {
    const real = await ask(eve, 'GET', `/${name}${path}${number()}/`);
    expect(told(real, number())).toEqual(told(await ask(eve, 'GET', `/${name}${path}${NOWHERE}/`), NOWHERE));
  });

  test('on the socket, by name, after a position, and for each command', async () => {
    const client = await listening(server(), eve.token);
    const answers = async (conversationId: string) => {
      const frames = [
        { type: 'subscribe', conversationIds: [conversationId] },
        { type: 'send', conversationId, text: 'x' },
        { type: 'read', conversationId, upTo: 1 },
        { type: 'typing', conversationId },
      ];
      const got: unknown[] = [];
      for (const [i, frame] of frames.entries()) {
        client.send({ ...frame, key: `${conversationId}-${i}` });
        const { key: _, ...answer } = await client.next('refused');
        got.push(answer);
      }
      return got;
    };
    expect(await answers(group.id)).toEqual(await answers(randomUUID()));
    client.close();
    const late = await connect(server(), { token: eve.token });
    late.send({ type: 'subscribe', after: 0 });
    await late.next('caught-up');
    await say('said while a stranger listens');
    late.send({ type: 'ping', key: 'end' });
    await late.next('pong', { key: 'end' });
    expect(late.frames.filter((frame) => JSON.stringify(frame).includes(group.id))).toEqual([]);
    late.close();
  });

  test('and no list of hers has it', async () => {
    const paths = ['/v1/conversations', '/v1/conversations?scope=listed', '/v1/conversations?scope=desks'];
    for (const path of paths) expect((await ask(eve, 'GET', path)).text).not.toContain(group.id);
    const lists = ['/solari/api/my-groups/', '/nargil/cht/api/groups/', '/thanchat/chatApp/chatRooms/'];
    for (const path of lists) expect((await ask(eve, 'GET', path)).text).not.toMatch(/plans/i);
  });
});

describe('history', () => {
  const heardFrom = async (who: Person): Promise<readonly string[]> => {
    const client: Client = await connect(server(), { token: who.token });
    client.send({ type: 'subscribe', after: 0 });
    await client.next('caught-up');
    client.close();
    return client.frames.filter(({ type }) => type === 'message').map(({ message }) => message.text);
  };

  /** The socket tells what followed the membership; a client fetches what lies before it. */
  test('of a private group is for its members: from before they came, and not after they have left', async () => {
    const { id } = (await ask(ann, 'POST', '/v1/groups', { name: 'Tea' })).json;
    const newcomer = await program.person('newcomer');
    await say('before', id);
    await ask(ann, 'POST', `/v1/conversations/${id}/members`, { userId: newcomer.id });
    await say('between', id);
    const read = await ask(newcomer, 'GET', `/v1/conversations/${id}/messages`);
    expect(read.json.items.map(({ text }: { text: string }) => text)).toEqual(['before', 'between']);
    expect(await heardFrom(newcomer)).toEqual(['between']);
    await ask(newcomer, 'POST', `/v1/conversations/${id}/leave`);
    await say('after', id);
    expect((await ask(newcomer, 'GET', `/v1/conversations/${id}/messages`)).json.code).toBe('conversation-unknown');
    expect(await heardFrom(newcomer)).toEqual([]);
  });
});

describe('a file', () => {
  test('is opened by no token in its address', async () => {
    for (const query of [`token=${ann.token}`, `access_token=${ann.token}`, `Authorization=Bearer%20${ann.token}`]) {
      const { status, json } = await program.call('GET', `/v1/files/${file.id}?${query}`);
      expect([status, json.code]).toEqual([401, 'signed-out']);
    }
  });

  test('stored by two people tells neither that the other has it', async () => {
    const store = (who: Person) =>
      program.call('POST', '/v1/files?name=same.txt', { token: who.token, body: 'the same content' });
    const [first, second] = [await store(ann), await store(eve)];
    const shape = ({ json, headers }: Reply) => [Object.keys(json), [...headers.keys()], json.name, json.size];
    expect(shape(second)).toEqual(shape(first));
    expect(JSON.stringify(second.json)).not.toMatch(/[0-9a-f]{64}/);
    expect((await ask(eve, 'GET', `/v1/files/${first.json.id}`)).status).toBe(404);
    const etag = (await ask(eve, 'GET', `/v1/files/${second.json.id}`)).headers.get('etag')!;
    const guess = await program.call('GET', `/v1/files/${first.json.id}`, {
      token: eve.token,
      headers: { 'If-None-Match': etag },
    });
    expect(guess.status).toBe(404);
  });
});

describe('a group', () => {
  test('whose owner and heir leave at the same moment still has an owner', async () => {
    const people = await Promise.all(['o1', 'o2', 'o3', 'o4'].map((name) => program.person(name)));
    const [owner, heir, third, last] = people as [Person, Person, Person, Person];
    const json = { name: 'Leaving', memberIds: [heir.id, third.id, last.id] };
    const { id } = (await ask(owner, 'POST', '/v1/groups', json)).json;
    const gone = await Promise.all(
      [owner, heir, third].map((one) => ask(one, 'POST', `/v1/conversations/${id}/leave`)),
    );
    expect(gone.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await ask(last, 'GET', `/v1/conversations/${id}`)).json.role).toBe('owner');
    expect(await recorded(program.services.events, 'MemberLeft', `conversation-${id}`)).toHaveLength(3);
  });

  test('loses nobody twice: removing somebody who is no member records nothing', async () => {
    const head = await program.services.events.head();
    expect((await ask(ann, 'DELETE', `/v1/conversations/${group.id}/members/${eve.id}`)).status).toBe(204);
    expect(await program.services.events.head()).toBe(head);
  });
});
