// What sockets are told beside conversations: how far their own account has read, and how those they show look now.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Profile } from '../../src/api/answers.ts';
import type { Services } from '../../src/services.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub } from '../../src/ws/hub.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';
import { type Client, type Frame, listening, type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
/** Two processes over one log. */
let here: SocketServer;
let there: SocketServer;
let ann: Person;
let ben: Person;
let cleo: Person;
const clients: Client[] = [];

beforeAll(async () => {
  program = await startProgram();
  [here, there] = await Promise.all([startSockets(program), startSockets(program)]);
  [ann, ben, cleo] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cleo')]);
});

afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all([here.close(), there.close()]);
  await program.close();
});

const call = async (by: Person, method: string, path: string, json?: unknown) => {
  const reply = await program.call(method, path, { token: by.token, ...(json === undefined ? {} : { json }) });
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply;
};
const group = async (owner: Person, members: readonly Person[], more: object = {}): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id), ...more })).json.id;
const chat = async (one: Person, other: Person): Promise<string> =>
  (await call(one, 'POST', '/v1/chats', { userId: other.id })).json.id;
const say = async (by: Person, conversationId: string, text = 'hello') =>
  (await call(by, 'POST', `/v1/conversations/${conversationId}/messages`, { text })).json;
const read = (by: Person, conversationId: string, upTo: number) =>
  call(by, 'POST', `/v1/conversations/${conversationId}/read`, { upTo });

const hear = async (server: SocketServer, who: Person, subscription = {}): Promise<Client> => {
  const client = await listening(server, who.token, subscription);
  clients.push(client);
  return client;
};

/** What a client was told of these types up to a message that it hears last. */
const toldUpTo = async (client: Client, own: Person, types: readonly string[]): Promise<readonly Frame[]> => {
  const { position } = await say(own, await group(own, []), 'marker');
  await client.next('message', { position });
  return client.frames.filter(({ type }) => types.includes(type));
};

describe('what is read on one device', () => {
  test('is told to the others of the same account at every process, and to nobody else', async () => {
    const team = await group(ann, [ben]);
    await say(ann, team);
    const [phone, desktop, annHears] = await Promise.all([hear(here, ben), hear(there, ben), hear(here, ann)]);
    phone.send({ type: 'read', key: 'r', conversationId: team, upTo: 1 });
    const { position } = await phone.next('accepted', { key: 'r' });
    const told = { type: 'read', position, conversationId: team, upTo: 1 };
    expect(await desktop.next('read')).toEqual(told);
    expect(await toldUpTo(phone, ben, ['read'])).toEqual([told]);
    expect(await toldUpTo(annHears, ann, ['read'])).toEqual([]);
  });

  test('is told when it goes back, and as far as it went', async () => {
    const team = await group(ann, [ben]);
    for (const text of ['one', 'two']) await say(ann, team, text);
    const desktop = await hear(there, ben);
    await read(ben, team, 99);
    await read(ben, team, 1);
    expect((await toldUpTo(desktop, ben, ['read'])).map(({ upTo }) => upTo)).toEqual([2, 1]);
  });

  test('is told to a device that was away, in its place', async () => {
    const team = await group(ann, [ben]);
    const { position: after } = await say(ann, team, 'one');
    await read(ben, team, 1);
    await say(ann, team, 'two');
    const [benHears, annHears] = await Promise.all([hear(here, ben, { after }), hear(here, ann, { after })]);
    const ofTeam = ({ frames }: Client) =>
      frames.filter(({ conversationId }) => conversationId === team).map(({ type }) => type);
    expect([ofTeam(benHears), ofTeam(annHears)]).toEqual([
      ['read', 'message'],
      ['seen', 'message'],
    ]);
  });
});

describe('who changes how they look', () => {
  test('is told to the members of shared conversations and to their own devices, and to nobody else', async () => {
    const [dora, former, watcher, stranger] = await Promise.all(
      ['dora', 'former', 'watcher', 'stranger'].map((name) => program.person(name)),
    );
    const open = await group(dora!, [ann, former!], { public: true });
    await chat(dora!, ben);
    await call(former!, 'POST', `/v1/conversations/${open}/leave`);
    const room = (await call(dora!, 'POST', '/v1/rooms', { name: 'lobby' })).json.id;
    for (const who of [dora!, cleo]) await say(who, room);
    const watched = { conversationIds: [open, room] };
    const [annHears, benHears, doraHears, ...others] = await Promise.all([
      hear(here, ann),
      hear(there, ben),
      hear(there, dora!),
      hear(here, cleo, { conversationIds: [room] }),
      hear(here, former!),
      hear(there, watcher!, watched),
      hear(there, stranger!),
    ]);
    await call(dora!, 'PATCH', '/v1/me', { firstName: 'Dora', address: 'Main Street 1', nationalCode: '7' });
    await call(dora!, 'PATCH', '/v1/me', { avatar: 'https://example.com/dora.png' });
    await call(dora!, 'PATCH', '/v1/me', { username: 'dora-b' });
    for (const client of [annHears, benHears, doraHears]) {
      const told = [];
      for (let i = 0; i < 3; i++) told.push(await client!.next('user'));
      expect(told.map(({ user: { firstName, avatar, username } }) => [firstName, avatar, username])).toEqual([
        ['Dora', null, 'dora'],
        ['Dora', 'https://example.com/dora.png', 'dora'],
        ['Dora', 'https://example.com/dora.png', 'dora-b'],
      ]);
      for (const { user } of told) Profile.parse(user);
      expect(JSON.stringify(told)).not.toContain('Main Street');
    }
    for (const [i, who] of [cleo, former!, watcher!, stranger!].entries())
      expect(await toldUpTo(others[i]!, who, ['user']), who.username).toEqual([]);
  });

  test('and what only they see is told to nobody', async () => {
    await chat(ann, ben);
    const benHears = await hear(here, ben);
    await call(ann, 'PATCH', '/v1/me', { address: 'Main Street 1', nationalCode: '7' });
    await call(ann, 'PATCH', '/v1/me', { email: 'new@example.com' });
    expect(await toldUpTo(benHears, ben, ['user'])).toEqual([]);
  });

  test('is told once to who shares several conversations, and to who was away', async () => {
    const eve = await program.person('eve');
    const [one] = [await group(eve, [ben]), await group(eve, [ben]), await chat(eve, ben)];
    const { position: after } = await say(eve, one!, 'before');
    await call(eve, 'PATCH', '/v1/me', { firstName: 'Eve' });
    await say(eve, one!, 'after');
    const [benHears, cleoHears] = await Promise.all([hear(here, ben, { after }), hear(here, cleo, { after })]);
    expect(benHears.frames.filter(({ type }) => type === 'user')).toMatchObject([{ user: { firstName: 'Eve' } }]);
    expect(await toldUpTo(cleoHears, cleo, ['user'])).toEqual([]);
  });

  test('is not told to who came later: they have it from the list', async () => {
    const fay = await program.person('fay');
    const team = await group(fay, []);
    const { position: after } = await say(fay, team);
    await call(fay, 'PATCH', '/v1/me', { firstName: 'Fay' });
    await call(fay, 'POST', `/v1/conversations/${team}/members`, { userId: ben.id });
    const benHears = await hear(here, ben, { after });
    expect(await toldUpTo(benHears, ben, ['user'])).toEqual([]);
  });
});

test('a conversation that is renamed or gets a picture is told to its members, and to who watches it', async () => {
  const team = await group(ann, [ben]);
  const [benHears, cleoHears] = await Promise.all([hear(there, ben), hear(here, cleo)]);
  await call(ann, 'PATCH', `/v1/conversations/${team}`, { name: 'Tea' });
  await call(ann, 'PATCH', `/v1/conversations/${team}`, { picture: 'https://example.com/tea.png' });
  expect(await benHears.next('conversation')).toMatchObject({ conversationId: team, changes: { name: 'Tea' } });
  expect((await benHears.next('conversation')).changes).toEqual({ picture: 'https://example.com/tea.png' });
  expect((await toldUpTo(cleoHears, cleo, ['conversation'])).map(({ conversationId }) => conversationId)).not.toContain(
    team,
  );
});

describe('who deletes their account', () => {
  test.each(['a group', 'a direct chat'])(
    'is told to who shares %s with them, live and after an absence',
    async (kind) => {
      const gone = await program.person(`gone-${kind.length}`);
      const shared = await (kind === 'a group' ? group(ann, [ben, gone]) : chat(gone, ben));
      const { position: after } = await say(gone, shared);
      const [benHears, cleoHears] = await Promise.all([hear(there, ben), hear(here, cleo)]);
      await call(gone, 'DELETE', '/v1/me');
      const told = (client: Client) => client.frames.find(({ user }) => user?.id === gone.id && user.deleted);
      await toldUpTo(benHears, ben, []);
      expect(told(benHears)?.user).toMatchObject({ username: null, firstName: 'Deleted account', deleted: true });
      await toldUpTo(cleoHears, cleo, []);
      expect(told(cleoHears)).toBeUndefined();
      const back = await hear(here, ben, { after });
      expect(told(back)).toBeDefined();
    },
  );
});

describe('the fan-out waits for no views', () => {
  /** A hub of its own, with a listener for ben. */
  const hubOn = async (queries: Partial<Services['queries']>) => {
    const { services } = program;
    const startHead = await services.events.head();
    const hub = createHub({ ...services, queries: instead(services.queries, queries), startHead });
    const stopping = new AbortController();
    const running = hub.run(stopping.signal);
    const identity = (await services.authenticator.byAccessToken(ben.token))!;
    const listener = async () => {
      const sink = keptSink();
      const subscriber = await hub.add({ who: { identity }, protocol: native, sink, byMembership: true });
      return { sink, subscriber };
    };
    const { sink, subscriber } = await listener();
    hub.goLive(subscriber);
    const comeBack = async (after: number): Promise<readonly Frame[]> => {
      const back = await listener();
      await hub.resume(back.subscriber, after, () => undefined);
      return back.sink.frames;
    };
    const stop = async () => {
      stopping.abort();
      await running;
    };
    return { hub, sink, comeBack, stop };
  };
  const caughtUp = async (hub: ReturnType<typeof createHub>) => {
    const { position } = await say(ben, await group(ben, []), 'marker');
    while (hub.position < position) await new Promise((resolve) => setImmediate(resolve));
  };
  const users = (frames: readonly Frame[]) =>
    frames.filter(({ type }) => type === 'user').map(({ user }) => user.username);

  test('views behind it do not know who has just come or gone: it does', async () => {
    const [hal, ida] = await Promise.all([program.person('hal'), program.person('ida')]);
    const team = await group(ann, [ben, ida]);
    const before = new Map<string, Awaited<ReturnType<Services['queries']['membershipsOf']>>>();
    for (const { id } of [hal, ida]) before.set(id, await program.services.queries.membershipsOf(id, { limit: 100 }));
    const { hub, sink, stop } = await hubOn({
      membershipsOf: async (userId, page) =>
        before.get(userId) ?? (await program.services.queries.membershipsOf(userId, page)),
    });
    await call(ann, 'POST', `/v1/conversations/${team}/members`, { userId: hal.id });
    await call(ida, 'POST', `/v1/conversations/${team}/leave`);
    for (const who of [hal, ida]) await call(who, 'PATCH', '/v1/me', { firstName: 'New' });
    await caughtUp(hub);
    expect(users(sink.frames)).toEqual(['hal']);
    await stop();
  });

  test('every change is told, and who has gone meanwhile is known', async () => {
    const kim = await program.person('kim');
    const team = await group(ann, [ben, kim]);
    const { position: after } = await say(ann, team);
    const { hub, sink, comeBack, stop } = await hubOn({});
    const change = async (firstName: string) => void (await call(kim, 'PATCH', '/v1/me', { firstName }));
    for (const firstName of ['One', 'Two', 'Three']) await change(firstName);
    await caughtUp(hub);
    expect(users(sink.frames)).toEqual(['kim', 'kim', 'kim']);
    expect(users(await comeBack(after))).toEqual(['kim', 'kim', 'kim']);
    await call(kim, 'POST', `/v1/conversations/${team}/leave`);
    await change('Four');
    await caughtUp(hub);
    expect(users(sink.frames)).toHaveLength(3);
    await stop();
  });

  test('views that fail silence nobody', async () => {
    const jon = await program.person('jon');
    await chat(jon, ben);
    const { hub, sink, stop } = await hubOn({
      membershipsOf: async (userId, page) => {
        if (userId === jon.id) throw new Error('away');
        return program.services.queries.membershipsOf(userId, page);
      },
    });
    await call(jon, 'PATCH', '/v1/me', { firstName: 'Jon' });
    await caughtUp(hub);
    expect(sink.frames.filter(({ type }) => type === 'message')).toHaveLength(1);
    await stop();
  });
});
