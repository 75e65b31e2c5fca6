// The native socket as its clients see it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Message, Profile } from '../../src/api/answers.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, connect, listening, type SocketServer, startSockets } from '../support/sockets.ts';
import { isDistributed } from '../support/stores.ts';

let program: Program;
let server: SocketServer;
let ann: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  program = await startProgram();
  server = await startSockets(program);
  [ann, ben, cleo] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cleo')]);
});

afterAll(async () => {
  await server.close();
  await program.close();
});

const post = async (token: string, path: string, json: unknown = {}) => {
  const reply = await program.call('POST', path, { token, json });
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply;
};

const group = async (owner: Person, members: readonly Person[], more: object = {}): Promise<string> => {
  const memberIds = members.map(({ id }) => id);
  return (await post(owner.token, '/v1/groups', { name: 'team', memberIds, ...more })).json.id;
};

const room = async (by: Person): Promise<string> => (await post(by.token, '/v1/rooms', { name: 'lobby' })).json.id;

const say = async (by: Person, conversationId: string, text: string) =>
  (await post(by.token, `/v1/conversations/${conversationId}/messages`, { text })).json;

const leave = (client: Client) => {
  client.close();
  return client.closed;
};

describe('what is said', () => {
  test('reaches every member, the sender too, as the HTTP API shows it', async () => {
    const team = await group(ann, [ben]);
    const [annHears, benHears] = await Promise.all([listening(server, ann.token), listening(server, ben.token)]);
    const said = await say(ann, team, 'hello');
    const [one, other] = await Promise.all([annHears.next('message'), benHears.next('message')]);
    expect(one).toEqual(other);
    expect(one).toMatchObject({ position: said.position, conversationId: team, message: said });
    expect(one.sender).toMatchObject({ id: ann.id, username: 'ann' });
    Message.parse(one.message);
    Profile.parse(one.sender);
    await Promise.all([leave(annHears), leave(benHears)]);
  });

  test('reaches nobody else', async () => {
    const team = await group(ann, [ben]);
    const own = await group(cleo, []);
    const cleoHears = await listening(server, cleo.token);
    await say(ann, team, 'between us');
    const marker = await say(cleo, own, 'marker');
    await cleoHears.next('message', { position: marker.position });
    expect(cleoHears.frames.filter(({ type }) => type === 'message')).toHaveLength(1);
    await leave(cleoHears);
  });

  test('shows the file that was sent', async () => {
    const team = await group(ann, [ben]);
    const benHears = await listening(server, ben.token);
    const stored = await program.call('POST', '/v1/files', {
      token: ann.token,
      body: 'a small text',
      headers: { 'Content-Type': 'text/plain', 'Content-Disposition': 'attachment; filename="note.txt"' },
    });
    expect(stored.status, stored.text).toBe(201);
    const sent = await post(ann.token, `/v1/conversations/${team}/messages`, { fileId: stored.json.id });
    expect((await benHears.next('message')).message).toEqual(sent.json);
    await leave(benHears);
  });

  test('a direct chat is heard from its start by both', async () => {
    const benHears = await listening(server, ben.token);
    const { id } = (await post(cleo.token, '/v1/chats', { userId: ben.id })).json;
    expect(await benHears.next('conversation', { conversationId: id })).toMatchObject({ changes: { kind: 'direct' } });
    await say(cleo, id, 'psst');
    expect((await benHears.next('message')).message.text).toBe('psst');
    await leave(benHears);
  });

  test('a name that changed is shown from the next message on', async () => {
    const team = await group(ann, [ben]);
    const benHears = await listening(server, ben.token);
    await say(ann, team, 'one');
    expect((await benHears.next('message')).sender.firstName).toBe('');
    await program.call('PATCH', '/v1/me', { token: ann.token, json: { firstName: 'Annabel' } });
    await say(ann, team, 'two');
    expect((await benHears.next('message')).sender.firstName).toBe('Annabel');
    await program.call('PATCH', '/v1/me', { token: ann.token, json: { firstName: '' } });
    await leave(benHears);
  });
});

describe('rooms and public groups', () => {
  test('are heard by who subscribes to them', async () => {
    const lobby = await room(ann);
    const open = await group(ann, [], { public: true });
    const benHears = await listening(server, ben.token, { conversationIds: [lobby, open] });
    await say(ann, lobby, 'in the lobby');
    expect((await benHears.next('message')).message.text).toBe('in the lobby');
    await say(ann, open, 'in the open');
    expect((await benHears.next('message')).message.text).toBe('in the open');
    await leave(benHears);
  });

  test('more can be added later', async () => {
    const lobby = await room(ann);
    const benHears = await listening(server, ben.token);
    benHears.send({ type: 'subscribe', key: 'more', conversationIds: [lobby] });
    await benHears.next('caught-up', { key: 'more' });
    await say(ann, lobby, 'welcome');
    expect((await benHears.next('message')).message.text).toBe('welcome');
    await leave(benHears);
  });

  // What the limit counts is no matter of stores.
  test.skipIf(isDistributed)('are a thousand at most for one socket, each counted once', async () => {
    const { core } = program.services;
    const made = Array.from({ length: 1001 }, () => openRoom(core, meta(ann.id), { name: 'one of many' }));
    const rooms = (await Promise.all(made)).map(({ conversationId }) => conversationId);
    const client = await listening(server, ben.token);
    const subscribe = (from: number, to: number) =>
      client.send({ type: 'subscribe', key: `${from}`, conversationIds: rooms.slice(from, to) });
    for (let from = 0; from < 1000; from += 100) subscribe(from, from + 100);
    await client.next('caught-up', { key: '900' });
    subscribe(1000, 1001);
    expect(await client.next('refused')).toMatchObject({ code: 'too-many-subscriptions', field: 'conversationIds' });
    subscribe(850, 950);
    await client.next('caught-up', { key: '850' });
    await leave(client);
  });

  test('are heard after an outage of the log, once the socket asks again', async () => {
    const [lobby, other] = [await room(ann), await room(ann)];
    const { events } = program.services;
    let [isAway, goesAway] = [false, true];
    const ifThere = <T>(ask: () => Promise<T>): Promise<T> => {
      if (isAway) throw new Unavailable('events');
      return ask();
    };
    const readStream: typeof events.readStream = async (stream, options) => {
      // Between the first room and the second one.
      if (stream.endsWith(other)) [isAway, goesAway] = [goesAway, false];
      return ifThere(() => events.readStream(stream, options));
    };
    const head = async () => ifThere(() => events.head());
    const services = { ...program.services, events: instead(events, { readStream, head }) };
    const beside = await startSockets({ ...program, services });
    const client = await listening(beside, ben.token);
    client.send({ type: 'subscribe', conversationIds: [lobby, other] });
    expect(await client.next('refused')).toMatchObject({ code: 'unavailable' });
    isAway = false;
    await say(ann, lobby, 'before they are heard');
    client.send({ type: 'subscribe', conversationIds: [lobby, other] });
    await client.next('caught-up');
    for (const id of [lobby, other]) await client.next('message', { position: (await say(ann, id, 'hello')).position });
    expect(client.frames.filter(({ type }) => type === 'message')).toHaveLength(2);
    await beside.close();
  });

  test('a stranger cannot subscribe to a private group, nor to one that is not there, and learns no difference', async () => {
    const team = await group(ann, [ben]);
    const cleoHears = await listening(server, cleo.token);
    const refusals = [];
    for (const conversationId of [team, '00000000-0000-4000-8000-000000000000']) {
      cleoHears.send({ type: 'subscribe', conversationIds: [conversationId] });
      refusals.push(await cleoHears.next('refused'));
    }
    expect(refusals[0]).toMatchObject({ code: 'conversation-unknown', field: 'conversationIds.0' });
    expect(refusals[0]).toEqual(refusals[1]);
    await leave(cleoHears);
  });
});

describe('membership', () => {
  test('who is added hears that and everything after it', async () => {
    const team = await group(ann, []);
    const benHears = await listening(server, ben.token);
    await say(ann, team, 'before');
    await post(ann.token, `/v1/conversations/${team}/members`, { userId: ben.id });
    await say(ann, team, 'after');
    expect(await benHears.next('member-added')).toMatchObject({ conversationId: team, userId: ben.id, by: ann.id });
    expect((await benHears.next('message')).message.text).toBe('after');
    await leave(benHears);
  });

  test('who is removed hears that and nothing after it, however many messages are on their way', async () => {
    const team = await group(ann, [ben, cleo]);
    const [benHears, cleoHears] = await Promise.all([listening(server, ben.token), listening(server, cleo.token)]);
    const sending = Array.from({ length: 40 }, async (_, i) => {
      if (i === 20) await program.call('DELETE', `/v1/conversations/${team}/members/${ben.id}`, { token: ann.token });
      else await say(ann, team, `message ${i}`);
    });
    await Promise.all(sending);
    const removal = await benHears.next('member-removed', { conversationId: team, userId: ben.id });
    const heard = (await cleoHears.all('message', 39)).map(({ position }) => position);
    const own = await group(ben, []);
    await say(ben, own, 'marker');
    await benHears.next('message', { conversationId: own });
    const toBen = benHears.frames.filter(({ type, conversationId }) => type === 'message' && conversationId === team);
    expect(toBen.map(({ position }) => position)).toEqual(heard.filter((position) => position < removal.position));
    expect(benHears.frames.at(-1).conversationId).toBe(own);
    await Promise.all([leave(benHears), leave(cleoHears)]);
  });

  test('who leaves a public group goes on hearing it if they subscribed to it', async () => {
    const open = await group(ann, [ben], { public: true });
    const benHears = await listening(server, ben.token, { conversationIds: [open] });
    await post(ben.token, `/v1/conversations/${open}/leave`);
    await say(ann, open, 'still here?');
    expect((await benHears.next('message')).message.text).toBe('still here?');
    await leave(benHears);
  });

  test('a subscription to a private group by a member ends with the membership', async () => {
    const team = await group(ann, [ben]);
    const benHears = await listening(server, ben.token, { conversationIds: [team] });
    await post(ben.token, `/v1/conversations/${team}/leave`);
    await benHears.next('member-removed');
    await say(ann, team, 'alone');
    const own = await group(ben, []);
    await say(ben, own, 'marker');
    await benHears.next('message', { conversationId: own });
    expect(benHears.frames.filter(({ type }) => type === 'message')).toHaveLength(1);
    await leave(benHears);
  });

  test('changes of a group are told to its members', async () => {
    const team = await group(ann, [ben]);
    const benHears = await listening(server, ben.token);
    await program.call('PATCH', `/v1/conversations/${team}`, { token: ann.token, json: { name: 'crew' } });
    expect(await benHears.next('conversation')).toMatchObject({ conversationId: team, changes: { name: 'crew' } });
    await post(ann.token, `/v1/conversations/${team}/leave`);
    expect(await benHears.next('member-changed')).toMatchObject({ userId: ben.id, role: 'owner' });
    expect(await benHears.next('member-removed')).toMatchObject({ userId: ann.id });
    await leave(benHears);
  });
});

describe('sending over the socket', () => {
  test('is accepted with the message and its place, and told like any other', async () => {
    const team = await group(ann, [ben]);
    const annHears = await listening(server, ann.token);
    annHears.send({ type: 'send', key: 'one', conversationId: team, text: 'hello' });
    const told = await annHears.all('message', 1);
    const [accepted] = await annHears.all('accepted', 1);
    expect(accepted).toEqual({
      type: 'accepted',
      key: 'one',
      messageId: told[0].message.id,
      position: told[0].position,
    });
    await leave(annHears);
  });

  test('the same key again is the same message, over the socket and over HTTP', async () => {
    const team = await group(ann, [ben]);
    const annHears = await listening(server, ann.token);
    const wish = { type: 'send', key: 'once', conversationId: team, text: 'only once' };
    annHears.send(wish);
    const first = await annHears.next('accepted');
    annHears.send(wish);
    const again = await annHears.next('accepted');
    expect(again).toEqual(first);
    const overHttp = await program.call('POST', `/v1/conversations/${team}/messages`, {
      token: ann.token,
      json: { text: 'only once' },
      headers: { 'Idempotency-Key': 'once' },
    });
    expect(overHttp.json).toMatchObject({ id: first.messageId, position: first.position });
    const listed = await program.call('GET', `/v1/conversations/${team}/messages`, { token: ann.token });
    expect(listed.json.items).toHaveLength(1);
    annHears.send({ ...wish, text: 'something else' });
    expect(await annHears.next('refused')).toMatchObject({ key: 'once', code: 'command-key-reused' });
    await leave(annHears);
  });

  test('messages of one socket are recorded in the order in which they were sent', async () => {
    const team = await group(ann, [ben]);
    const benHears = await listening(server, ben.token);
    const annHears = await listening(server, ann.token);
    const texts = Array.from({ length: 20 }, (_, i) => `message ${i}`);
    for (const text of texts) annHears.send({ type: 'send', key: text.replace(' ', '-'), conversationId: team, text });
    const heard = await benHears.all('message', texts.length);
    expect(heard.map(({ message }) => message.text)).toEqual(texts);
    await Promise.all([leave(benHears), leave(annHears)]);
  });

  test('who may not write is refused', async () => {
    const team = await group(ann, []);
    const open = await group(ann, [], { public: true });
    const benHears = await listening(server, ben.token);
    benHears.send({ type: 'send', key: 'a', conversationId: team, text: 'hi' });
    expect(await benHears.next('refused')).toMatchObject({ key: 'a', code: 'conversation-unknown' });
    benHears.send({ type: 'send', key: 'b', conversationId: open, text: 'hi' });
    expect(await benHears.next('refused')).toMatchObject({ key: 'b', code: 'not-a-member' });
    benHears.send({ type: 'send', key: 'c', conversationId: open });
    expect(await benHears.next('refused')).toMatchObject({ key: 'c' });
    await leave(benHears);
  });

  test('what was read is remembered', async () => {
    const team = await group(ann, [ben]);
    await say(ann, team, 'one');
    await say(ann, team, 'two');
    const benHears = await listening(server, ben.token);
    benHears.send({ type: 'read', key: 'r', conversationId: team, upTo: 1 });
    const { position } = await benHears.next('accepted', { key: 'r' });
    const seen = await program.call('GET', `/v1/conversations/${team}`, {
      token: ben.token,
      headers: { 'X-Min-Position': String(position) },
    });
    expect(seen.json.unread).toBe(1);
    await leave(benHears);
  });
});

describe('typing', () => {
  test('is told to the others who may read, and recorded nowhere', async () => {
    const team = await group(ann, [ben]);
    const [annHears, benHears, cleoHears] = await Promise.all(
      [ann, ben, cleo].map(({ token }) => listening(server, token)),
    );
    const head = await program.services.events.head();
    annHears!.send({ type: 'typing', conversationId: team });
    expect(await benHears!.next('typing')).toEqual({ type: 'typing', conversationId: team, userId: ann.id });
    expect(await program.services.events.head()).toBe(head);
    for (const client of [annHears!, cleoHears!]) {
      client.send({ type: 'ping', key: 'marker' });
      await client.next('pong', { key: 'marker' });
      expect(client.frames.filter(({ type }) => type === 'typing')).toEqual([]);
    }
    await Promise.all([annHears!, benHears!, cleoHears!].map(leave));
  });

  test('a stranger cannot be seen typing, nor somebody who may only read', async () => {
    const team = await group(ann, [ben]);
    const open = await group(ann, [], { public: true });
    const cleoHears = await listening(server, cleo.token, { conversationIds: [open] });
    cleoHears.send({ type: 'typing', key: 'a', conversationId: team });
    expect(await cleoHears.next('refused')).toMatchObject({ key: 'a', code: 'conversation-unknown' });
    cleoHears.send({ type: 'typing', key: 'b', conversationId: open });
    expect(await cleoHears.next('refused')).toMatchObject({ key: 'b', code: 'not-a-member' });
    await leave(cleoHears);
  });
});

test('two processes on one log tell the same', async () => {
  const second = await startSockets(program);
  const team = await group(ann, [ben]);
  const [here, there] = await Promise.all([listening(server, ben.token), listening(second, ben.token)]);
  const sender = await listening(second, ann.token);
  for (let i = 0; i < 20; i++) sender.send({ type: 'send', key: `p-${i}`, conversationId: team, text: `text ${i}` });
  expect(await here.all('message', 20)).toEqual(await there.all('message', 20));
  await program.call('DELETE', `/v1/conversations/${team}/members/${ben.id}`, { token: ann.token });
  await Promise.all([here.next('member-removed'), there.next('member-removed')]);
  await Promise.all([here, there, sender].map(leave));
  await second.close();
});

test('before it subscribes, a socket is told nothing', async () => {
  const team = await group(ann, [ben]);
  const client = await connect(server, { token: ben.token });
  const { position } = await client.next('ready');
  const said = await say(ann, team, 'too early');
  client.send({ type: 'subscribe', after: position });
  expect((await client.next('message')).position).toBe(said.position);
  await leave(client);
});
