// Alert words: told on the sockets of their account alone, right after the message.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { messages } from '../../src/domain/message.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub } from '../../src/ws/hub.ts';
import { callAs } from '../support/callAs.ts';
import { plainMeta } from '../support/core.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';
import { type Client, listening, type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
let server: SocketServer;
let ann: Person;
let ben: Person;
let team: string;
const clients: Client[] = [];

const call = callAs(() => program);
const group = async (owner: Person, members: readonly Person[]): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id) })).id;
const say = (by: Person, text: string, where = team) =>
  call(by, 'POST', `/v1/conversations/${where}/messages`, { text });
const choose = (by: Person, ...words: string[]) => call(by, 'PUT', '/v1/me/alert-words', { words });
const hear = async (who: Person, subscription = {}): Promise<Client> => {
  const client = await listening(server, who.token, subscription);
  clients.push(client);
  return client;
};
/** Types and words of the frames of the team after a position, up to a message that its user hears last. */
const told = async (client: Client, own: Person, after = 0) => {
  const { position } = await say(own, 'marker', await group(own, []));
  await client.next('message', { position });
  return client.frames
    .filter((frame) => frame.conversationId === team && frame.position > after)
    .map(({ type, message, words }) => (type === 'alert' ? words : (message?.text ?? type)));
};

beforeAll(async () => {
  program = await startProgram();
  server = await startSockets(program);
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
  team = await group(ann, [ben]);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await server.close();
  await program.close();
});

test('only their account sees them, and chooses anew as often as it likes', async () => {
  await choose(ben, 'Deploy', 'tea at five');
  expect(await call(ben, 'GET', '/v1/me/alert-words')).toEqual({ words: ['Deploy', 'tea at five'] });
  expect(await call(ann, 'GET', '/v1/me/alert-words')).toEqual({ words: [] });
  expect((await program.call('PUT', '/v1/me/alert-words', { token: ben.token, json: { words: [' '] } })).status).toBe(
    400,
  );
});

test('follow the message that has them, live and in a history, and nobody else hears of it', async () => {
  await choose(ben, 'Deploy', 'tea at five');
  const [benHears, annHears] = [await hear(ben), await hear(ann)];
  const { position: after } = await say(ann, 'before');
  const { position, id } = await say(ann, 'the DÉPLOY is done, tea  at five');
  await say(ann, 'redeployed');
  await say(ben, 'my own deploy');
  const all = ['the DÉPLOY is done, tea  at five', 'redeployed', 'my own deploy'];
  const forBen = [all[0], ['Deploy', 'tea at five'], all[1], all[2]];
  expect(await told(benHears, ben, after)).toEqual(forBen);
  expect(benHears.frames.find(({ type }) => type === 'alert')).toEqual({
    type: 'alert',
    position,
    conversationId: team,
    messageId: id,
    words: ['Deploy', 'tea at five'],
  });
  expect(await told(annHears, ann, after)).toEqual(all);
  expect(await told(await hear(ben, { after }), ben, after)).toEqual(forBen);
  expect(await told(await hear(ann, { after }), ann, after)).toEqual(all);
});

test('cost no bytes of their own where there are none, and one copy for all sockets of an account where there are', async () => {
  await choose(ben, 'Deploy');
  const { services } = program;
  const { id } = await call(ann, 'POST', '/v1/rooms', { name: 'hall' });
  const startHead = await services.events.head();
  const hub = createHub({ ...services, startHead });
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  const listener = async (who: Person, isLive = true) => {
    const identity = (await services.authenticator.byAccessToken(who.token))!;
    const written: Buffer[] = [];
    const sink = { ...keptSink(), write: (frame: Buffer) => void written.push(frame) };
    const subscriber = await hub.add({ who: { identity }, protocol: native, sink, byMembership: false });
    await hub.watch(subscriber, id);
    if (isLive) hub.goLive(subscriber);
    else await hub.resume(subscriber, startHead, () => undefined);
    return written;
  };
  const [bens, others, anns] = [await listener(ben), await listener(ben), await listener(ann)];
  await say(ann, 'nothing', id);
  await expect.poll(() => anns.length).toBe(1);
  expect([bens[0], others[0]].every((frame) => frame === anns[0])).toBe(true);
  const [bensLater, annsLater] = [await listener(ben, false), await listener(ann, false)];
  expect([bensLater.length, bensLater[0] === annsLater[0]]).toEqual([1, true]);
  await say(ann, 'deploy', id);
  await expect.poll(() => anns.length).toBe(2);
  expect(bens[1]).toBe(others[1]);
  expect(bens[1]!.length).toBeGreaterThan(anns[1]!.length);
  stopping.abort();
  await running;
});

test('count as they are chosen while the socket is open', async () => {
  await choose(ben);
  const hears = await hear(ben);
  const { position: after } = await say(ann, 'before');
  await say(ann, 'deploy');
  await choose(ben, 'deploy');
  await say(ann, 'deploy');
  await choose(ben);
  await say(ann, 'deploy');
  expect(await told(hears, ben, after)).toEqual(['deploy', 'deploy', ['deploy'], 'deploy']);
});

test('say nothing of a message that was removed', async () => {
  await choose(ben, 'deploy');
  const { position: after } = await say(ann, 'before');
  const { id } = await say(ann, 'deploy now');
  await call(ann, 'DELETE', `/v1/conversations/${team}/messages/${id}`);
  expect(await told(await hear(ben, { after }), ben, after)).toEqual(['', 'message-removed']);
});

test('are looked for in what is sent: of an edited message in the text of now, and in no edit', async () => {
  await choose(ben, 'deploy');
  const hears = await hear(ben);
  const { position: after } = await say(ann, 'before');
  for (const [one, other] of [
    ['deploy', 'tea'],
    ['cake', 'deploy at five'],
  ] as const) {
    const { id } = await say(ann, one);
    await call(ann, 'PATCH', `/v1/conversations/${team}/messages/${id}`, { text: other });
  }
  expect(await told(hears, ben, after)).toEqual(['deploy', ['deploy'], 'message-edited', 'cake', 'message-edited']);
  const history = ['tea', 'message-edited', 'deploy at five', ['deploy'], 'message-edited'];
  expect(await told(await hear(ben, { after }), ben, after)).toEqual(history);
});

test('follow a message that is back', async () => {
  await choose(ben, 'deploy');
  const { position: after } = await say(ann, 'before');
  const { id } = await say(ann, 'deploy');
  await call(ann, 'DELETE', `/v1/conversations/${team}/messages/${id}`);
  await call(ann, 'POST', `/v1/conversations/${team}/messages/${id}/restore`);
  expect((await told(await hear(ben, { after }), ben, after)).slice(0, 2)).toEqual(['deploy', ['deploy']]);
});

test('say nothing of history that was imported, and name ten words at most', async () => {
  const words = Array.from({ length: 12 }, (_, i) => `word${i}`);
  await choose(ben, ...words);
  const hears = await hear(ben);
  const { core } = program.services;
  const data = (text: string, sentAt?: string) => ({
    messageId: core.newId(),
    conversationId: team,
    number: 1,
    senderId: ann.id,
    kind: 'text' as const,
    text,
    fileId: null,
    receiverId: null,
    ...(sentAt && { sentAt }),
  });
  for (const sentAt of ['2020-01-01T00:00:00.000Z', undefined])
    await core.messages.append(messages, team, plainMeta(ann.id), () => [
      { type: 'MessageSent', data: data(words.join(' '), sentAt) },
    ]);
  await told(hears, ben);
  expect(hears.frames.filter(({ type }) => type === 'alert').map((frame) => frame.words)).toEqual([words.slice(0, 10)]);
});
