// Frames name people, files and conversations, whose streams may be hidden, or fail to be read. One such stream holds up
// nobody's frames, and operators learn of it.

import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deskId, makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { protocol as deskProtocol } from '../../src/dialects/silicornya/socket.ts';
import { Unreadable } from '../../src/domain/envelope.ts';
import { streams } from '../../src/domain/streams.ts';
import { Hidden, type History, type Recorded, Unavailable } from '../../src/store/ports.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub } from '../../src/ws/hub.ts';
import { meta } from '../support/core.ts';
import { startStandInWithClient } from '../support/eventStoreDb/findNode.ts';
import { instead } from '../support/instead.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';
import { listening } from '../support/sockets.ts';
import { AUTH_SECRET } from '../support/stores.ts';

let program: Program;
let ann: Person;
let ben: Person;
let [room, fileId] = ['', ''];

beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
  room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'lobby' } })).json.id;
  const content = Readable.from([Buffer.from('a small text')]);
  const kept = { name: 'note.txt', mediaType: 'text/plain' };
  fileId = (await storeFile(program.services.core, meta(ann.id), kept, content, 1000)).fileId;
  await program.settled();
});

afterAll(() => program.close());

const say = (by: Person, text: string, sent: string | null = null) =>
  sendMessage(program.services.core, meta(by.id), { conversationId: room, text, fileId: sent });

/** A hub of its own, which reads the log as `readStream` says. */
const hubOn = async (overrides: Partial<History>, isReady = true) => {
  const { services } = program;
  const startHead = await services.events.head();
  const progress = instead(services.progress, isReady ? {} : { isReady: false });
  const hub = createHub({ ...services, progress, events: instead(services.events, overrides), startHead });
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  const listener = async (protocol = native) => {
    const identity = (await services.authenticator.byAccessToken(ben.token))!;
    const sink = keptSink();
    const subscriber = await hub.add({ who: { identity }, protocol, sink, byMembership: false });
    return { sink, subscriber };
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return { hub, listener, running, startHead, stop };
};

const bad: readonly (readonly [string, (stream: string) => Error, readonly string[]])[] = [
  ['lacks its beginning', (stream) => new Hidden(stream, 0), []],
  ['alone cannot be read', () => new Unavailable('events', new Error('a bad sector')), ['a bad sector']],
  ['is damaged', (stream) => new Unreadable({ position: 7, stream } as Recorded, 'is not JSON'), ['is not JSON']],
];

test.each(bad)('a stream that %s holds up no frame, live or of a history', async (_, failure, why) => {
  const hidden = [streams.user(ann.id), streams.file(fileId), streams.conversation(room)];
  const readStream: History['readStream'] = async (stream, range) => {
    if (hidden.includes(stream) && (range?.from ?? 0) === 0) throw failure(stream);
    return program.services.events.readStream(stream, range);
  };
  const { hub, listener, startHead, stop } = await hubOn({ readStream });
  const live = await listener();
  expect(await hub.watch(live.subscriber, room)).toBe(true);
  hub.goLive(live.subscriber);
  await say(ben, 'before');
  const { position } = await say(ann, 'with a file', fileId);
  await say(ben, 'after');
  await expect
    .poll(() => live.sink.frames.map(({ message }) => message.text))
    .toEqual(['before', 'with a file', 'after']);
  expect(live.sink.frames[1]).toMatchObject({
    position,
    sender: { id: ann.id, username: 'ann' },
    message: { file: { name: 'note.txt' } },
  });
  const back = await listener();
  await hub.watch(back.subscriber, room);
  await hub.resume(back.subscriber, startHead, () => undefined);
  expect(back.sink.frames).toEqual(live.sink.frames);
  for (const stream of why.length > 0 ? hidden : [])
    expect(hub.troubles().join()).toContain(`${stream} cannot be read: `);
  expect(hub.troubles().filter((trouble) => why.every((part) => trouble.includes(part)))).toHaveLength(
    why.length > 0 ? hidden.length : 0,
  );
  await stop();
});

test('while the views are away, too, its frames show that nothing is known of it', async () => {
  const readStream: History['readStream'] = async (stream, range) => {
    if (stream === streams.user(ann.id) && (range?.from ?? 0) === 0) throw new Hidden(stream, 0);
    return program.services.events.readStream(stream, range);
  };
  const { hub, listener, stop } = await hubOn({ readStream }, false);
  const { sink, subscriber } = await listener();
  await hub.watch(subscriber, room);
  hub.goLive(subscriber);
  await say(ann, 'who am I');
  await expect.poll(() => sink.frames).toMatchObject([{ sender: null, message: { text: 'who am I' } }]);
  await stop();
});

test('a store that is away is waited for: what frames show is not guessed', async () => {
  const { events } = program.services;
  const store: { isAway: boolean } = { isAway: false };
  const away = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (store.isAway) throw new Unavailable('events', new Error('away'));
    return answer();
  };
  const { hub, listener, running } = await hubOn({
    readStream: (...asked) => away(() => events.readStream(...asked)),
    head: () => away(() => events.head()),
  });
  const failed = expect(running).rejects.toThrow('away');
  const { sink, subscriber } = await listener();
  await hub.watch(subscriber, room);
  hub.goLive(subscriber);
  store.isAway = true;
  const { position } = await say(ann, 'later');
  await failed;
  expect(sink.frames).toEqual([]);
  expect(hub.resumeAt(subscriber)).toBeLessThan(position);
});

test('an answer of a desk shows its enquiry, though the log hides that', async () => {
  const email = 'guest@example.com';
  const visitor = { room: '7', name: 'guest', email };
  const desk = deskId(program.services.core, visitor, { secret: 'guest' });
  const readStream: History['readStream'] = async (stream, range) => {
    if (stream === streams.messages(desk)) throw new Hidden(stream, range?.from ?? 0);
    return program.services.events.readStream(stream, range);
  };
  const { hub, stop } = await hubOn({ readStream });
  const enquire = () =>
    makeEnquiry(program.services.core, meta(), { ...visitor, secret: 'guest', text: 'hi', answer: 'hello' });
  const { position } = await enquire();
  await program.services.progress.reached(position);
  const sink = keptSink();
  const subscriber = await hub.add({ who: { visits: desk }, protocol: deskProtocol, sink, byMembership: false });
  await hub.watch(subscriber, desk);
  await hub.resume(subscriber, 0, () => undefined);
  expect(sink.frames).toMatchObject([{ message: 'hi', serverMessage: 'hello' }]);
  await stop();
});

test('an operator hides the history of a sender from the node: all hear all, and operators read why it is a trouble', async () => {
  const node = await startStandInWithClient();
  const remote = await startProgram({ settings: { EVENTSTORE_URL: node.url, AUTH_SECRET } });
  const [cleo, dan] = await Promise.all([remote.person('cleo'), remote.person('dan')]);
  const rooms: string[] = [];
  for (const { token } of [cleo, dan])
    rooms.push((await remote.call('POST', '/v1/rooms', { token, json: { name: 'hall' } })).json.id);
  const port = { port: Number(new URL(remote.url).port) };
  const client = await listening(port, dan.token, { conversationIds: rooms });
  await remote.call('PATCH', '/v1/me', { token: cleo.token, json: { firstName: 'Cleo' } });
  await node.client.setStreamMetadata(`user-${cleo.id}`, { maxCount: 1 });
  const tell = (by: Person, where: string, text: string) =>
    remote.call('POST', `/v1/conversations/${where}/messages`, { token: by.token, json: { text } });
  const { position } = (await tell(cleo, rooms[0]!, 'from nobody')).json;
  await tell(dan, rooms[1]!, 'from dan');
  expect(await client.next('message')).toMatchObject({ position, sender: { username: 'cleo', firstName: 'Cleo' } });
  expect(await client.next('message')).toMatchObject({ message: { text: 'from dan' } });
  expect(remote.services.troubles()).toEqual([
    expect.stringContaining(`events: not read whole: user-${cleo.id} lacks its event 0`),
  ]);
  client.close();
  await client.closed;
  await remote.close();
  await node.close();
});

describe('a credential that is to take the place of another', () => {
  /** A live subscriber with one sign-in of a new person, and the hub that asks `isGood` of the other one. */
  const renewing = async (isGood: Program['services']['authenticator']['isGood']) => {
    const { services } = program;
    const cyd = await program.person(`cyd${signedIn++}`);
    const login = { login: cyd.username, password: PASSWORD };
    const other: string = (await program.call('POST', '/v1/sessions', { json: login })).json.accessToken;
    const [first, second] = await Promise.all(
      [cyd.token, other].map((token) => services.authenticator.byAccessToken(token)),
    );
    let isRenewed: boolean = false;
    const authenticator = instead(services.authenticator, {
      isGood: (identity) => (isRenewed ? isGood(identity) : services.authenticator.isGood(identity)),
    });
    const hub = createHub({ ...services, authenticator, startHead: await services.events.head() });
    const stopping = new AbortController();
    const running = hub.run(stopping.signal);
    const who = { identity: first! };
    const subscriber = await hub.add({ who, protocol: native, sink: keptSink(), byMembership: true });
    hub.goLive(subscriber);
    isRenewed = true;
    const logOut = (token: string) => program.call('DELETE', '/v1/sessions/current', { token });
    return {
      subscriber,
      renewal: hub.renew(subscriber, second!),
      logOut: () => logOut(cyd.token),
      logOutOther: () => logOut(other),
      stop: async () => {
        stopping.abort();
        await running;
      },
    };
  };
  let signedIn = 0;

  test('and cannot be checked takes it of no other: the log-out of that one still ends the socket', async () => {
    const { subscriber, renewal, logOut, stop } = await renewing(async () => {
      throw new Unavailable('events');
    });
    await expect(renewal).rejects.toThrow(Unavailable);
    await logOut();
    await expect.poll(() => subscriber.state).toBe('gone');
    await stop();
  });

  test('and ends while it is checked is none: the socket ends with it', async () => {
    const { promise: checked, resolve } = Promise.withResolvers<boolean>();
    const { subscriber, renewal, logOutOther, stop } = await renewing(() => checked);
    await logOutOther();
    await expect.poll(() => subscriber.state).toBe('gone');
    resolve(true);
    await expect(renewal).rejects.toMatchObject({ code: 'signed-out' });
    await stop();
  });
});
