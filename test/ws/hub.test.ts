// The hub as a dialect uses it: one conversation a socket, its own words for events.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { credentialIn, identify } from '../../src/api/credentials.ts';
import { deskId, makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import type { Event } from '../../src/domain/events.ts';
import { directChatId } from '../../src/domain/ids.ts';
import { Refused } from '../../src/domain/refused.ts';
import type { Connection, SocketHandler } from '../../src/ws/connection.ts';
import type { Hub } from '../../src/ws/hub.ts';
import { createHub } from '../../src/ws/hub.ts';
import type { Protocol } from '../../src/ws/protocol.ts';
import type { SocketMount } from '../../src/ws/socketMount.ts';
import { createGate } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';
import { type Client, connect, listening, type SocketServer, startSockets } from '../support/sockets.ts';

const deskOf = (email: string): string =>
  deskId(program.services.core, { room: '7', name: 'guest', email }, { secret: 'guest' });

let program: Program;
let server: SocketServer;
let ann: Person;
let ben: Person;
let told: Event[] = [];

/** Tells messages with the name of who said them, after a while that differs; fails at one word. */
const plain: Protocol = {
  name: 'plain',
  frames: {
    MessageSent: async (event, context) => {
      told.push(event);
      const { senderId, text } = event.data;
      if (text === 'unspeakable') throw new Error('no word for it');
      if (text.endsWith('0')) await new Promise((resolve) => setTimeout(resolve, 3));
      const name = (await context.user(senderId))?.username ?? null;
      return { type: 'plain', name, text, position: event.position };
    },
  },
};

const handlerOf = (open: (connection: Connection) => Promise<void>): SocketHandler => ({
  open,
  frame: async (connection, data) => {
    if (data.toString() === 'fail') throw new Error('a bug');
    connection.send(JSON.stringify({ type: 'echo', text: data.toString() }));
  },
});

const mounts = (hub: Hub): readonly SocketMount[] => {
  const signedIn = async (token: string | undefined) => {
    const identity = token && (await identify(program.services.authenticator, token));
    if (!identity) throw new Refused('signed-out');
    return identity;
  };
  const base = { maxPayload: 1000, anyOrigin: true };
  return [
    {
      ...base,
      path: '/plain/:conversationId',
      admit: async ({ headers, params: { conversationId = '' } }) => {
        const identity = await signedIn(credentialIn(headers.authorization)?.token);
        return handlerOf(async (connection) => {
          const subscriber = await connection.signIn({ who: { identity }, protocol: plain, byMembership: false });
          await hub.watch(subscriber, conversationId);
          hub.goLive(subscriber);
        });
      },
    },
    {
      ...base,
      path: '/slug/:slug/',
      admit: async ({ headers, params: { slug = '' } }) => {
        const identity = await signedIn(credentialIn(headers.authorization)?.token);
        return handlerOf(async (connection) => {
          const subscriber = await connection.signIn({ who: { identity }, protocol: plain, byMembership: false });
          await hub.watchSlug(subscriber, slug);
          hub.goLive(subscriber);
        });
      },
    },
    {
      ...base,
      path: '/with/:username/',
      admit: async ({ headers, params: { username = '' } }) => {
        const identity = await signedIn(credentialIn(headers.authorization)?.token);
        return handlerOf(async (connection) => {
          const subscriber = await connection.signIn({ who: { identity }, protocol: plain, byMembership: false });
          await hub.watchPair(subscriber, [identity.user.names.username!, username]);
          hub.goLive(subscriber);
        });
      },
    },
    {
      ...base,
      path: '/desk/:room/:name/:email',
      admit: async ({ params: { name = '', email = '' } }) =>
        name === 'nobody'
          ? { status: 403, body: 'Access denied' }
          : handlerOf(async (connection) => {
              const subscriber = await connection.signIn({
                who: { visits: deskOf(email) },
                protocol: plain,
                byMembership: false,
              });
              await hub.watch(subscriber, deskOf(email));
              hub.goLive(subscriber);
            }),
    },
  ];
};

beforeAll(async () => {
  program = await startProgram();
  server = await startSockets(program, { mounts });
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});

beforeEach(() => {
  told = [];
});

afterAll(async () => {
  await server.close();
  await program.close();
});

const post = async (by: Person, path: string, json: unknown = {}) => {
  const reply = await program.call('POST', path, { token: by.token, json });
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply.json;
};

const say = (by: Person, conversationId: string, text: string) =>
  post(by, `/v1/conversations/${conversationId}/messages`, { text });

const on = (path: string, by?: Person): Promise<Client> => connect(server, { path, ...(by && { token: by.token }) });

const leave = (...clients: Client[]) => {
  for (const client of clients) client.close();
  return Promise.all(clients.map(({ closed }) => closed));
};

describe('a socket for one conversation', () => {
  test('hears that one only, in its own words', async () => {
    const [one, other] = [
      await post(ann, '/v1/rooms', { name: 'one' }),
      await post(ann, '/v1/rooms', { name: 'other' }),
    ];
    const client = await on(`/plain/${one.id}`, ben);
    await say(ann, other.id, 'elsewhere');
    await say(ann, one.id, 'here');
    expect(await client.next('plain')).toMatchObject({ name: 'ann', text: 'here' });
    await leave(client);
  });

  test('has received what it heard also when it has closed: the next request finds that', async () => {
    const { id } = await post(ann, '/v1/rooms', { name: 'closed' });
    const listener = await program.person('listener');
    const client = await on(`/plain/${id}`, listener);
    await say(ann, id, 'last words');
    const { position } = await client.next('plain');
    await leave(client);
    expect(server.hub.receivedBy(listener.id)).toBe(position);
    const again = await on(`/plain/${id}`, listener);
    expect(server.hub.receivedBy(listener.id)).toBe(position);
    await leave(again);
  });

  test('hears a chat that was not there yet', async () => {
    const chat = directChatId(ann.id, ben.id);
    const client = await on(`/plain/${chat}`, ben);
    await post(ann, '/v1/chats', { userId: ben.id });
    await say(ann, chat, 'first');
    expect(await client.next('plain')).toMatchObject({ text: 'first' });
    await leave(client);
  });

  test('of somebody who may not read hears nothing, until they may', async () => {
    const { id } = await post(ann, '/v1/groups', { name: 'team' });
    const client = await on(`/plain/${id}`, ben);
    await say(ann, id, 'secret');
    await post(ann, `/v1/conversations/${id}/members`, { userId: ben.id });
    await say(ann, id, 'welcome');
    expect(await client.next('plain')).toMatchObject({ text: 'welcome' });
    await program.call('DELETE', `/v1/conversations/${id}/members/${ben.id}`, { token: ann.token });
    await say(ann, id, 'secret again');
    await post(ann, `/v1/conversations/${id}/members`, { userId: ben.id });
    await say(ann, id, 'back');
    expect(await client.next('plain')).toMatchObject({ text: 'back' });
    await leave(client);
  });

  test('finds it by a slug in any case, also one that is given later', async () => {
    const early = await on('/slug/Crew', ben);
    const { id } = await post(ann, '/v1/groups', { name: 'crew', slug: 'crew', public: true });
    const late = await on('/slug/CREW/', ben);
    await say(ann, id, 'ahoy');
    for (const client of [early, late]) expect(await client.next('plain')).toMatchObject({ text: 'ahoy' });
    await leave(early, late);
  });

  test('finds the chat with somebody by their username in any case, also of an account that comes later', async () => {
    const early = await on('/with/Cleo/', ben);
    const other = await on('/with/Cleo/', ann);
    const cleo = await program.person('cleo');
    const { id } = await post(cleo, '/v1/chats', { userId: ben.id });
    await say(cleo, id, 'ahoy');
    expect(await early.next('plain')).toMatchObject({ text: 'ahoy' });
    const late = await on('/with/CLEO/', ben);
    await say(cleo, id, 'again');
    for (const client of [early, late]) expect(await client.next('plain')).toMatchObject({ text: 'again' });
    const { id: theirs } = await post(cleo, '/v1/chats', { userId: ann.id });
    await say(cleo, theirs, 'to ann');
    expect(await other.next('plain')).toMatchObject({ text: 'to ann' });
    expect([early, late].map(({ frames }) => frames.map(({ text }) => text))).toEqual([['ahoy', 'again'], ['again']]);
    await leave(early, late, other);
  });
});

describe('a desk', () => {
  const enquire = (email: string, text: string) =>
    makeEnquiry(
      program.services.core,
      { actorId: null, address: null, correlationId: 'test' },
      { room: '7', name: 'guest', email, text, answer: `you said ${text}`, secret: 'guest' },
    );

  test('is heard by its visitor from the first enquiry on, and by no other visitor', async () => {
    const [guest, other] = [await on('/desk/7/guest/guest%40example.com'), await on('/desk/7/guest/other@example.com')];
    await enquire('guest@example.com', 'hello');
    expect(await guest.next('plain')).toMatchObject({ name: null, text: 'hello' });
    expect(await guest.next('plain')).toMatchObject({ text: 'you said hello' });
    await enquire('other@example.com', 'me too');
    expect(await other.next('plain')).toMatchObject({ text: 'me too' });
    await leave(guest, other);
  });

  test('is heard by staff as long as they are staff', async () => {
    const admin = await program.person('boss');
    await program.grant(admin.id, 'admin');
    await program.grant(ben.id, 'staff');
    const desk = deskOf('asks@example.com');
    const client = await on(`/plain/${desk}`, ben);
    await enquire('asks@example.com', 'one');
    expect(await client.next('plain')).toMatchObject({ text: 'one' });
    await program.call('DELETE', `/v1/users/${ben.id}/roles/staff`, { token: admin.token });
    await enquire('asks@example.com', 'two');
    await program.call('PUT', `/v1/users/${ben.id}/roles/staff`, { token: admin.token });
    await enquire('asks@example.com', 'three');
    await client.next('plain', { text: 'three' });
    expect(client.frames.filter(({ text }) => text.includes('two'))).toEqual([]);
    await program.call('DELETE', `/v1/users/${ben.id}/roles/staff`, { token: admin.token });
    await leave(client);
  });
});

describe('an event', () => {
  test('is put into words once, however many hear it', async () => {
    const { id } = await post(ann, '/v1/rooms', { name: 'one' });
    const clients = await Promise.all(Array.from({ length: 10 }, () => on(`/plain/${id}`, ben)));
    await say(ann, id, 'to all');
    const frames = await Promise.all(clients.map((client) => client.next('plain')));
    expect(new Set(frames.map(({ position }) => position)).size).toBe(1);
    expect(told).toHaveLength(1);
    await leave(...clients);
  });

  test('waits for its words without losing its place', async () => {
    const { id } = await post(ann, '/v1/rooms', { name: 'one' });
    const [client, native] = [
      await on(`/plain/${id}`, ben),
      await listening(server, ben.token, { conversationIds: [id] }),
    ];
    await Promise.all(Array.from({ length: 60 }, (_, i) => say(ann, id, `text ${i}`)));
    const heard = await client.all('plain', 60);
    const all = await native.all('message', 60);
    expect(heard.map(({ position, text }) => [position, text])).toEqual(
      all.map(({ position, message }) => [position, message.text]),
    );
    await leave(client, native);
  });

  test('goes to those who listen once it is put into words: to who came meanwhile, not to who left', async () => {
    const { id } = await post(ann, '/v1/rooms', { name: 'one' });
    const gate = createGate();
    const { promise: isBegun, resolve: begin } = Promise.withResolvers<void>();
    const slow: Protocol = {
      name: 'slow',
      frames: {
        MessageSent: async ({ data: { text } }) => {
          begin();
          await gate.passed();
          return { text };
        },
      },
    };
    const hub = createHub({ ...program.services, startHead: await program.services.events.head() });
    const stopping = new AbortController();
    const running = hub.run(stopping.signal);
    const identity = (await program.services.authenticator.byAccessToken(ben.token))!;
    const listener = async () => {
      const sink = keptSink();
      const subscriber = await hub.add({ who: { identity }, protocol: slow, sink, byMembership: false });
      await hub.watch(subscriber, id);
      hub.goLive(subscriber);
      return { sink, subscriber };
    };
    const [stays, leaves] = [await listener(), await listener()];
    gate.shut();
    await say(ann, id, 'slowly');
    await isBegun;
    const comes = await listener();
    hub.remove(leaves.subscriber);
    gate.open();
    await expect.poll(() => stays.sink.frames).toEqual([{ text: 'slowly' }]);
    expect(comes.sink.frames).toEqual([{ text: 'slowly' }]);
    expect(leaves.sink.frames).toEqual([]);
    stopping.abort();
    await running;
  });

  test('goes on to all, and to who comes by another API at whatever moment of its way, or comes behind it', async () => {
    const { services } = program;
    const hub = createHub({ ...services, startHead: await services.events.head() });
    const stop = new AbortController();
    const running = hub.run(stop.signal);
    const { id } = await post(ann, '/v1/rooms', { name: 'one' });
    const identity = (await services.authenticator.byAccessToken(ben.token))!;
    let onWords = (): void => undefined;
    const speaking = (name: string): Protocol => ({
      name,
      frames: {
        MessageSent: ({ position }) => {
          onWords();
          return { position };
        },
      },
    });
    const comeBy = async (name: string) => {
      const sink = keptSink();
      const subscriber = await hub.add({ who: { identity }, protocol: speaking(name), sink, byMembership: false });
      await hub.watch(subscriber, id);
      return { sink, subscriber };
    };
    const first = await comeBy('first');
    hub.goLive(first.subscriber);
    for (let ticks = 0; ticks < 12; ticks++) {
      const late = await comeBy(`after ${ticks} ticks`);
      const { promise: came, resolve } = Promise.withResolvers<number>();
      onWords = () => {
        onWords = () => undefined;
        void (async () => {
          for (let i = 0; i < ticks; i++) await undefined;
          hub.goLive(late.subscriber);
          resolve(hub.position);
        })();
      };
      const positions: number[] = [];
      for (const text of ['while it comes', 'then']) positions.push((await say(ann, id, text)).position);
      await Promise.race([running, expect.poll(() => first.sink.frames.at(-1)?.position).toBe(positions[1])]);
      const began = await came;
      const heard = late.sink.frames.map(({ position }) => position);
      expect(heard).toEqual(positions.filter((position) => position > began));
      hub.remove(late.subscriber);
    }
    stop.abort();
    await running;
  });

  test('that one way of speaking has no words for is told in the others, and the next one in all', async () => {
    const { id } = await post(ann, '/v1/rooms', { name: 'one' });
    const [client, native] = [
      await on(`/plain/${id}`, ben),
      await listening(server, ben.token, { conversationIds: [id] }),
    ];
    await say(ann, id, 'unspeakable');
    await say(ann, id, 'spoken');
    expect((await native.next('message')).message.text).toBe('unspeakable');
    expect(await client.next('plain')).toMatchObject({ text: 'spoken' });
    await leave(client, native);
  });

  test('is told once, though the store went away while it was followed', async () => {
    let failures = 5;
    const { events } = program.services;
    const unreliable = {
      ...program.services,
      startHead: await events.head(),
      events: {
        head: () => events.head(),
        readStream: (...asked: Parameters<typeof events.readStream>) => events.readStream(...asked),
        follow: async function* (position: number, signal: AbortSignal) {
          for await (const batch of events.follow(position, signal)) {
            yield batch.slice(0, 1);
            if (failures-- > 0) throw new Error('away');
            yield batch;
          }
        },
      } as unknown as typeof events,
    };
    const hub = createHub(unreliable);
    const stop = new AbortController();
    const running = (async () => {
      while (!stop.signal.aborted) await hub.run(stop.signal).catch(() => undefined);
    })();
    const { id } = await post(ann, '/v1/rooms', { name: 'one' });
    const identity = (await program.services.authenticator.byAccessToken(ben.token))!;
    const sink = keptSink();
    const subscriber = await hub.add({ who: { identity }, protocol: plain, sink, byMembership: false });
    await hub.watch(subscriber, id);
    hub.goLive(subscriber);
    for (let i = 0; i < 20; i++) await say(ann, id, `word ${i}`);
    await expect.poll(() => sink.frames.length).toBe(20);
    expect(sink.frames.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `word ${i}`));
    expect(failures).toBeLessThan(0);
    hub.remove(subscriber);
    expect(hub.size).toBe(0);
    stop.abort();
    await running;
  });
});

describe('a dialect', () => {
  test('refuses in its own words before the socket is opened', async () => {
    await expect(on('/desk/7/nobody/a@example.com')).rejects.toMatchObject({ status: 403 });
    await expect(on('/desk/7//a@example.com')).rejects.toMatchObject({ status: 404 });
  });

  test('that fails at a frame closes that socket and no other', async () => {
    const [one, other] = [await on(`/plain/${randomUUID()}`, ann), await on(`/plain/${randomUUID()}`, ann)];
    one.ws.send('fail');
    expect(await one.closed).toMatchObject({ code: 1011 });
    other.ws.send('fine');
    expect(await other.next('echo')).toMatchObject({ text: 'fine' });
    await leave(other);
  });
});
