// Nothing waits for the views but who joins: with the projector standing still, pushes go on.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { join as joinConversation } from '../../src/commands/join.ts';
import { deskId, makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { startNamedChat } from '../../src/commands/startNamedChat.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { dialects } from '../../src/dialects/index.ts';
import { groupProtocol, privateProtocol } from '../../src/dialects/nargil/frames.ts';
import { protocol as deskProtocol } from '../../src/dialects/silicornya/socket.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub, type Hub, type Who } from '../../src/ws/hub.ts';
import type { Protocol } from '../../src/ws/protocol.ts';
import { sixth } from '../dialects/sixth/sixth.ts';
import { meta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { positionBefore } from '../support/log.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type KeptSink, keptSink } from '../support/sink.ts';
import { connect, listening } from '../support/sockets.ts';

const gate = createGate();
let program: Program;
let ann: Person;
let ben: Person;
let room: string;
let team: string;

beforeAll(async () => {
  program = await startProgram({
    dialects: [...dialects, sixth],
    stores: (stores) => ({
      ...stores,
      views: instead(stores.views, {
        apply: (...batch) => gate.passed().then(() => stores.views.apply(...batch)),
      }),
    }),
  });
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
  room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'lobby' } })).json.id;
  const json = { name: 'team', public: true, memberIds: [ben.id] };
  team = (await program.call('POST', '/v1/groups', { token: ann.token, json })).json.id;
});

afterAll(async () => {
  gate.open();
  await program.close();
});

const port = (): { port: number } => ({ port: Number(new URL(program.url).port) });

/** An account made by its command alone, whose answer waits for no view. */
const newcomer = async (username: string): Promise<string> =>
  (await registerUser(program.services.core, meta(), { username })).userId;

const say = (userId: string, conversationId: string, text: string, fileId: string | null = null) =>
  sendMessage(program.services.core, meta(userId), { conversationId, text, fileId });

const fileOf = async (userId: string): Promise<string> => {
  const content = Readable.from([Buffer.from('a small text')]);
  const kept = { name: 'note.txt', mediaType: 'text/plain' };
  return (await storeFile(program.services.core, meta(userId), kept, content, 1000)).fileId;
};

/**
 * A hub whose views can be put away: whoever then asks them, or waits for them, waits for ever. `asked`: who did.
 */
const hubWithoutViews = async () => {
  const asked: string[] = [];
  let isAway = false;
  const { services } = program;
  const never = (what: string): Promise<never> => {
    asked.push(what);
    return new Promise(() => undefined);
  };
  const queries = Object.fromEntries(
    Object.entries(services.queries).map(([name, query]) => [
      name,
      (...given: never[]) => (isAway ? never(name) : (query as (...given: never[]) => unknown)(...given)),
    ]),
  ) as unknown as typeof services.queries;
  const progress = instead(services.progress, {
    reached: (position, timeout) => (isAway ? never('progress') : services.progress.reached(position, timeout)),
  });
  const hub = createHub({ ...services, queries, progress, startHead: await services.events.head() });
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  return {
    hub,
    asked,
    away: (): void => {
      isAway = true;
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};

const identityOf = async (person: Person) => ({
  identity: (await program.services.authenticator.byAccessToken(person.token))!,
});

const listen = async (hub: Hub, who: Who, protocol: Protocol, wants: (hub: Hub) => string | { slug: string }) => {
  const sink = keptSink();
  const subscriber = await hub.add({ who, protocol, sink, byMembership: protocol === native });
  const wanted = wants(hub);
  if (typeof wanted === 'string') await hub.watch(subscriber, wanted);
  else await hub.watchSlug(subscriber, wanted.slug);
  hub.goLive(subscriber);
  return sink;
};

const told = (sink: KeptSink, count: number) => expect.poll(() => sink.frames.length).toBe(count);

describe('while the projector stands still', () => {
  test('every protocol tells what new people say, their files, chats, desks and slugs', async () => {
    const { hub, asked, away, stop } = await hubWithoutViews();
    const at = { local: (path: string) => path, services: program.services, user: undefined };
    const who = await identityOf(ben);
    const email = 'guest@example.com';
    const inRoom = await listen(hub, who, native, () => room);
    const inGroup = await listen(hub, who, groupProtocol(at), () => team);
    const byName = await listen(hub, who, privateProtocol(at), () => ({ slug: 'our-talk' }));
    const visits = deskId(program.services.core, { room: '7', name: 'guest', email }, { secret: 'guest' });
    const atDesk = await listen(hub, { visits }, deskProtocol, () => visits);
    away();
    gate.shut();

    const dora = await newcomer('dora');
    await say(dora, room, 'with a file', await fileOf(dora));
    await told(inRoom, 1);
    expect(inRoom.frames[0]).toMatchObject({
      sender: { id: dora, username: 'dora' },
      message: { text: 'with a file', file: { name: 'note.txt', mediaType: 'text/plain', size: 12 } },
    });

    await joinConversation(program.services.core, meta(dora), { conversationId: team });
    await say(dora, team, 'in the group', await fileOf(dora));
    await told(inGroup, 1);
    expect(inGroup.frames[0]).toMatchObject({
      message: 'in the group',
      user: 'dora',
      filename: expect.stringMatching(/\.txt$/),
    });
    const served = await program.call('GET', inGroup.frames[0].file);
    expect([served.status, served.text]).toEqual([200, 'a small text']);
    await told(inRoom, 3);
    expect(inRoom.frames[1]).toMatchObject({ type: 'member-added', user: { username: 'dora' } });

    const named = { userId: ben.id, slug: 'our-talk' };
    const { conversationId } = await startNamedChat(program.services.core, meta(dora), named);
    await say(dora, conversationId, 'psst');
    await told(byName, 1);
    expect(byName.frames[0]).toMatchObject({ message: 'psst', sender: 'dora', recipient: 'ben' });
    await told(inRoom, 6);
    expect(inRoom.frames[5]).toMatchObject({ message: { text: 'psst' }, sender: { username: 'dora' } });

    await makeEnquiry(program.services.core, meta(), {
      room: '7',
      name: 'guest',
      email,
      text: 'hi',
      answer: 'hello',
      secret: 'guest',
    });
    await told(atDesk, 1);
    expect(atDesk.frames[0]).toMatchObject({ name: 'guest', email, room: '7', message: 'hi', serverMessage: 'hello' });

    expect(asked).toEqual([]);
    gate.open();
    await stop();
  });

  test('who has joined finds a new room, and a new group by its slug', async () => {
    const { hub, asked, away, stop } = await hubWithoutViews();
    const sink = keptSink();
    const subscriber = await hub.add({ who: await identityOf(ben), protocol: native, sink, byMembership: false });
    hub.goLive(subscriber);
    away();
    const { core } = program.services;
    const hana = await newcomer('hana');
    const { conversationId: hall } = await openRoom(core, meta(hana), { name: 'hall' });
    await expect.poll(() => hub.position).toBeGreaterThanOrEqual(await program.services.events.head());
    expect(await hub.watch(subscriber, hall)).toBe(true);
    await say(hana, hall, 'in the hall');
    const texts = () => sink.frames.flatMap(({ message }) => (message ? [message.text] : []));
    const wish = { name: 'crew', slug: 'crew', public: true, memberIds: [] };
    const { conversationId: crew } = await createGroup(core, meta(hana), wish);
    await expect.poll(() => hub.position).toBeGreaterThanOrEqual(await program.services.events.head());
    await hub.watchSlug(subscriber, 'crew');
    await say(hana, crew, 'in the crew');
    await expect.poll(texts).toEqual(['in the hall', 'in the crew']);
    expect(asked).toEqual([]);
    await stop();
  });

  test('who joins waits alone', async () => {
    const { hub, asked, away, stop } = await hubWithoutViews();
    const inRoom = await listen(hub, await identityOf(ben), native, () => room);
    const emil = await program.person('emil');
    await expect.poll(() => hub.position).toBeGreaterThanOrEqual(await program.services.events.head());
    away();
    const joining = { who: await identityOf(emil), protocol: native, sink: keptSink(), byMembership: true };
    let hasJoined = false;
    void hub.add(joining).then(() => {
      hasJoined = true;
    });
    await expect.poll(() => asked).not.toEqual([]);
    await say(emil.id, room, 'I am waiting');
    await told(inRoom, 1);
    expect(hasJoined).toBe(false);
    await stop();
  });

  test('the whole program tells a message of somebody new before the views have it', async () => {
    const client = await listening(port(), ben.token, { conversationIds: [room] });
    gate.shut();
    const fay = await newcomer('fay');
    const { position } = await say(fay, room, 'from a new one');
    expect(await client.next('message')).toMatchObject({ position, sender: { username: 'fay' } });
    expect(program.services.progress.position).toBeLessThan(position);
    gate.open();
    client.close();
    await client.closed;
  });

  describe('an app that was built on another API', () => {
    const thanChat = async ({ token }: Person): Promise<string[]> => {
      const headers = { Authorization: token };
      const { json } = await program.call('GET', `/cht/api/groups/${team}/chat/`, { headers });
      return json.messages.map(({ content }: { content: string }) => content);
    };
    const sixthApi = async ({ token }: Person): Promise<string[]> => {
      const json = { id: 1, method: 'last', params: { of: team } };
      const answer = await program.call('POST', '/rpc', { token, json });
      return [answer.json.result.text];
    };

    test.each([
      ['on Django', thanChat],
      ['without Django', sixthApi],
    ])('%s reads what its socket has received; others need not wait', async (_, textsFor) => {
      const client = await listening(port(), ben.token, { conversationIds: [team] });
      gate.shut();
      const text = randomUUID();
      await say(ann.id, team, text);
      await client.next('message');
      const forBen = textsFor(ben);
      expect(await textsFor(ann)).not.toContain(text);
      gate.open();
      expect(await forBen).toContain(text);
      client.close();
      await client.closed;
    });

    test('writes over its open socket to somebody whom its other socket has just heard of', async () => {
      const [client, chat] = [
        await listening(port(), ben.token),
        await connect(port(), { path: '/cht/ws/private_chat/a-new-talk', token: ben.token }),
      ];
      gate.shut();
      const ivy = await newcomer('ivy');
      await joinConversation(program.services.core, meta(ivy), { conversationId: team });
      await client.next('member-added', { userId: ivy });
      chat.send({ message: 'welcome', recipient: ivy });
      expect(await thanChat(ann)).toBeDefined();
      gate.open();
      await expect.poll(() => chat.frames).toMatchObject([{ message: 'welcome', recipient: 'ivy' }]);
      for (const each of [client, chat]) {
        each.close();
        await each.closed;
      }
    });

    test('opens a socket in a group that its other socket has just heard of', async () => {
      const client = await listening(port(), ben.token);
      gate.shut();
      const wish = { name: 'just founded', slug: 'just-founded', public: false, memberIds: [ben.id] };
      await createGroup(program.services.core, meta(ann.id), wish);
      await client.next('member-added');
      const entering = connect(port(), { path: '/cht/ws/chat/just-founded', token: ben.token });
      expect(await thanChat(ann)).toBeDefined();
      gate.open();
      const entered = await entering;
      for (const each of [client, entered]) {
        each.close();
        await each.closed;
      }
    });
  });
});

test('a person’s name in a frame is that of the API, after every change, and for who has gone', async () => {
  const hub = createHub({ ...program.services, startHead: await program.services.events.head() });
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  const inRoom = await listen(hub, await identityOf(ben), native, () => room);
  const gus = await program.person('gus');
  const changes = [{}, { firstName: 'Gus' }, { username: 'gustav' }, { avatar: 'https://example.org/a.png' }];
  for (const [i, json] of changes.entries()) {
    await program.call('PATCH', '/v1/me', { token: gus.token, json });
    await program.call('POST', `/v1/conversations/${room}/messages`, { token: gus.token, json: { text: 'hi' } });
    await told(inRoom, i + 1);
    const shown = await program.call('GET', `/v1/users/${gus.id}`, { token: ben.token });
    expect(inRoom.frames[i].sender).toEqual(shown.json);
  }
  const from = await positionBefore(program.services.events, await program.services.events.head());
  await program.call('POST', `/v1/conversations/${room}/messages`, { token: gus.token, json: { text: 'bye' } });
  await program.call('DELETE', '/v1/me', { token: gus.token });
  const head = await program.services.events.head();
  await expect.poll(() => hub.position).toBeGreaterThanOrEqual(head);
  // A hub that has told none of it, so that nothing is kept of what was.
  const other = createHub({ ...program.services, startHead: head });
  const sink = keptSink();
  const subscriber = await other.add({ who: await identityOf(ben), protocol: native, sink, byMembership: true });
  await other.watch(subscriber, room);
  await other.resume(subscriber, from, () => undefined);
  const bye = sink.frames.find(({ message }) => message?.text === 'bye');
  expect(bye.sender).toMatchObject({ id: gus.id, username: null, firstName: 'Deleted account', deleted: true });
  stopping.abort();
  await running;
});
