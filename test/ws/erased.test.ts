// What sockets are told of what was erased, and that nobody is sent it again.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { encode } from '../../src/domain/codec.ts';
import { streams } from '../../src/domain/streams.ts';
import type { History } from '../../src/store/ports.ts';
import { callAs } from '../support/callAs.ts';
import { meta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { askingOf, type Person, type Program, sharedPasswords, startProgram } from '../support/program.ts';
import { type Client, listening } from '../support/sockets.ts';
import { isDistributed } from '../support/stores.ts';

const gate = createGate();
/** Streams that are not read before they are let go; told when somebody wants to. */
const held = new Map<string, { readonly wanted: () => void; readonly letGo: Promise<void> }>();
/** Told whenever a page of the log was read, before the gate. */
let pageRead = (): void => undefined;
let program: Program;
let ann: Person;
let ben: Person;
let admin: Person;
let stranger: Person;
const clients: Client[] = [];

beforeAll(async () => {
  const readLog =
    ({ events }: { events: History }): History['readLog'] =>
    async (position, limit) => {
      const page = await events.readLog(position, limit);
      // One event alone is read for other questions.
      if (limit !== 1) {
        pageRead();
        await gate.passed();
      }
      return page;
    };
  const readStream =
    ({ events }: { events: History }): History['readStream'] =>
    async (stream, range) => {
      const hold = held.get(stream);
      hold?.wanted();
      await hold?.letGo;
      return events.readStream(stream, range);
    };
  program = await startProgram({
    settings: { ERASE_GRACE: '0', MAX_BUFFER: String(100_000_000) },
    stores: (stores) =>
      instead(stores, {
        events: instead(stores.events, { readLog: readLog(stores), readStream: readStream(stores) }),
      }),
  });
  [ann, ben, admin, stranger] = (await Promise.all(
    ['ann', 'ben', 'boss', 'stranger'].map((name) => program.person(name)),
  )) as [Person, Person, Person, Person];
  await program.grant(admin.id, 'admin');
});
afterAll(async () => {
  for (const client of clients) client.close();
  await program.close();
});

const call = callAs(() => program);
const head = () => program.services.events.head();
const group = async (owner: Person, members: readonly Person[]): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id) })).id;
const say = (by: Person, conversationId: string, text: string, fileId?: string) =>
  call(by, 'POST', `/v1/conversations/${conversationId}/messages`, { text, ...(fileId && { fileId }) });
const hear = async (who: Person, subscription = {}): Promise<Client> => {
  const client = await listening({ port: Number(new URL(program.url).port) }, who.token, subscription);
  clients.push(client);
  return client;
};
/** What a client was told of this type, up to a message that it hears last. */
const toldUpTo = async (client: Client, own: Person, type: string) => {
  const { position } = await say(own, await group(own, []), 'marker');
  await client.next('message', { position });
  return client.frames.filter((frame) => frame.type === type).map(({ position: _, ...frame }) => frame);
};

describe('who may see the conversation is told, there or back later, and nobody else', () => {
  test('that a message was erased', async () => {
    const team = await group(ann, [ben]);
    const { id, position: after } = await say(ann, team, 'canary text');
    const [present, outside] = [await hear(ben), await hear(stranger)];
    await call(ann, 'PUT', `/v1/conversations/${team}/messages/${id}/erasure`);
    const told = [{ type: 'message-erased', conversationId: team, messageId: id, by: ann.id }];
    expect(await toldUpTo(present, ben, 'message-erased')).toEqual(told);
    expect(await toldUpTo(await hear(ben, { after }), ben, 'message-erased')).toEqual(told);
    const whole = await hear(ben, { after: 0 });
    const shown = whole.frames.find(({ type, message }) => type === 'message' && message.id === id);
    expect(shown.message).toMatchObject({ text: '', erased: true });
    expect(await toldUpTo(whole, ben, 'message-erased')).toEqual(told);
    expect(await toldUpTo(outside, stranger, 'message-erased')).toEqual([]);
    expect(await toldUpTo(await hear(stranger, { after: 0 }), stranger, 'message-erased')).toEqual([]);
  });

  test('that a file was erased', async () => {
    const team = await group(ann, [ben]);
    const { id } = (await program.call('POST', '/v1/files?name=canary.txt', { token: ann.token, body: 'x' })).json;
    const { position: after } = await say(ann, team, '', id);
    const [present, owner, outside] = [await hear(ben), await hear(ann), await hear(stranger)];
    await call(ann, 'PUT', `/v1/files/${id}/erasure`);
    const told = [{ type: 'file-erased', fileId: id }];
    expect(await toldUpTo(present, ben, 'file-erased')).toEqual(told);
    expect(await toldUpTo(owner, ann, 'file-erased')).toEqual(told);
    expect(await toldUpTo(await hear(ben, { after }), ben, 'file-erased')).toEqual(told);
    expect(await toldUpTo(outside, stranger, 'file-erased')).toEqual([]);
    expect(await toldUpTo(await hear(stranger, { after: 0 }), stranger, 'file-erased')).toEqual([]);
  });

  test('that the visitor of a desk was erased', async () => {
    const desk = { room: 'shop', name: 'Canary', email: 'canary@example.org', secret: 'nobody knows' };
    const after = await head();
    const { conversationId } = await makeEnquiry(program.services.core, meta(), {
      ...desk,
      text: 'canary',
      answer: 'Thank you, canary',
    });
    const watches = { conversationIds: [conversationId] };
    const present = await hear(admin, watches);
    await call(admin, 'PUT', `/v1/conversations/${conversationId}/visitor/erasure`);
    const told = [{ type: 'visitor-erased', conversationId }];
    expect(await toldUpTo(present, admin, 'visitor-erased')).toEqual(told);
    const back = await hear(admin, { ...watches, after });
    expect(await toldUpTo(back, admin, 'visitor-erased')).toEqual(told);
    expect(JSON.stringify(back.frames)).not.toMatch(/canary/i);
  });

  test('everybody, that a person was erased: it may have spoken anywhere', async () => {
    const gone = await program.person('canary');
    const team = await group(ben, [gone]);
    const after = await head();
    await say(gone, team, 'canary text');
    const present = await hear(ben);
    await call(admin, 'PUT', `/v1/users/${gone.id}/erasure`);
    const told = [{ type: 'user-erased', userId: gone.id }];
    expect(await toldUpTo(present, ben, 'user-erased')).toEqual(told);
    const back = await hear(ben, { after });
    expect(await toldUpTo(back, ben, 'user-erased')).toEqual(told);
    expect(JSON.stringify((await hear(ben, { after: 0 })).frames)).not.toMatch(/canary/i);
  });
});

test('a history that has read a page before an erasure does not send it after', async () => {
  const team = await group(ann, [ben]);
  const after = await head();
  const { id } = await say(ann, team, 'canary under way');
  gate.shut();
  const read = new Promise<void>((resolve) => {
    pageRead = resolve;
  });
  const coming = hear(ben, { after });
  await read;
  await call(ann, 'PUT', `/v1/conversations/${team}/messages/${id}/erasure`);
  gate.open();
  expect((await (await coming).all('message', 1))[0]!.message).toMatchObject({ text: '', erased: true });
});

/** Holds whoever reads the stream of an account, such as the maker of a frame that names it. */
const hold = ({ id }: Person) => {
  const stream = streams.user(id);
  const [wanted, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  held.set(stream, { wanted: wanted.resolve, letGo: go.promise });
  return {
    wanted: wanted.promise,
    letGo: (): void => {
      held.delete(stream);
      go.resolve();
    },
  };
};

test('frames that are made, or are still to be made of events that were read, do not show what is erased meanwhile', async () => {
  const [team, place, other] = [await group(ann, [ben]), await group(ann, [ben]), await group(ann, [ben])];
  const [zoe, yara] = [await program.person('zoe'), await program.person('yara')];
  const client = await hear(ben);
  const [first, second] = [hold(zoe), hold(yara)];
  const send = async (conversationId: string, ...said: readonly [Person, string][]) => {
    const drafts = said.map(([{ id: senderId }, text], i) => {
      const data = { messageId: randomUUID(), conversationId, number: i + 1, senderId, receiverId: null, text };
      const event = { type: 'MessageSent', data: { ...data, kind: 'text', fileId: null } } as const;
      const meta = { actorId: senderId, correlationId: 'test' };
      return { id: data.messageId, draft: encode(randomUUID(), event, new Date().toISOString(), meta) };
    });
    await program.services.events.append(
      streams.messages(conversationId),
      -1,
      drafts.map(({ draft }) => draft),
    );
    return drafts.map(({ id }) => id);
  };
  await send(team, [zoe, 'holds']);
  await first.wanted;
  // The fan-out reads both runs at once, then makes the first frame of the first run, and waits at the second one.
  const [made] = await send(place, [ann, 'canary made'], [yara, 'holds']);
  const [read] = await send(other, [ann, 'canary read']);
  first.letGo();
  await second.wanted;
  await call(ann, 'PUT', `/v1/conversations/${place}/messages/${made}/erasure`);
  await call(ann, 'PUT', `/v1/conversations/${other}/messages/${read}/erasure`);
  second.letGo();
  const told = await client.all('message', 4);
  expect(told.map(({ message }) => [message.text, message.erased])).toEqual([
    ['holds', false],
    ['', true],
    ['holds', false],
    ['', true],
  ]);
});

test('what waits for a client that reads slowly is not sent after it was erased: the client is cut off, and comes back', async () => {
  const team = await group(ann, [ben]);
  const [slow, quick] = [await hear(ben), await hear(ben)];
  const after = await head();
  slow.ws.pause();
  // More than the network holds, so the last message waits in the server.
  const text = '€'.repeat(8000);
  const { core } = program.services;
  for (let i = 0; i < 15; i++)
    await Promise.all(
      Array.from({ length: 50 }, () => sendMessage(core, meta(ann.id), { conversationId: team, text })),
    );
  const { id, position } = await say(ann, team, 'canary that waits');
  await quick.next('message', { position });
  await call(ann, 'PUT', `/v1/conversations/${team}/messages/${id}/erasure`);
  slow.ws.resume();
  expect(await Promise.race([slow.closed, slow.next('message-erased')])).toMatchObject({ code: 1006 });
  expect(JSON.stringify(slow.frames)).not.toContain('canary');
  // Whoever reads what comes stays.
  await quick.next('message-erased', { messageId: id });
  const back = await hear(ben, { after: slow.frames.findLast((frame) => 'message' in frame)?.position ?? after });
  expect(back.frames.find(({ message }) => message?.id === id).message).toMatchObject({ text: '', erased: true });
});

// Embedded stores belong to one process.
test.skipIf(!isDistributed)('another process that has just read what is erased gives nothing of it back', async () => {
  const other = await createApp(
    { ...program.services.config, PORT: 0 },
    { passwords: sharedPasswords(), viewWait: 20_000 },
  );
  try {
    const gone = await program.person('twice');
    const team = await group(ben, [gone]);
    const after = await head();
    await say(gone, team, 'canary of two');
    const { id: fileId } = (
      await program.call('POST', '/v1/files?name=canary.txt', { token: gone.token, body: 'canary content' })
    ).json;
    const { position: last } = await say(gone, team, '', fileId);
    const there = askingOf(other.url);
    const headers = { 'X-Min-Position': String(last) };
    const asked = [
      `/v1/conversations/${team}/messages`,
      '/v1/users?name=twice',
      `/v1/users/${gone.id}`,
      `/v1/files/${fileId}`,
      `/v1/conversations/${team}/members`,
    ];
    const answers = async () => {
      const texts: string[] = [];
      for (const path of asked) texts.push((await there.call('GET', path, { token: ben.token, headers })).text);
      const back = await listening({ port: Number(new URL(other.url).port) }, ben.token, { after });
      clients.push(back);
      return [...texts, JSON.stringify(back.frames.filter(({ type }) => type !== 'user-erased'))];
    };
    const before = await answers();
    expect(before.filter((text) => /canary|twice/.test(text))).toHaveLength(asked.length + 1);
    await call(admin, 'PUT', `/v1/users/${gone.id}/erasure`);
    for (const text of await answers()) expect(text).not.toMatch(/canary|twice/);
    const { id: edited } = await say(ben, team, 'at first');
    await call(ben, 'PATCH', `/v1/conversations/${team}/messages/${edited}`, { text: 'canary edited' });
    const atLast = { 'X-Min-Position': String(await head()) };
    const shown = async () =>
      (await there.call('GET', `/v1/conversations/${team}/messages/${edited}`, { token: ben.token, headers: atLast }))
        .json;
    expect((await shown()).text).toBe('canary edited');
    await call(ben, 'PUT', `/v1/conversations/${team}/messages/${edited}/erasure`);
    expect(await shown()).toMatchObject({ text: '', erased: true });
    const path = `/v1/conversations/${team}/messages`;
    expect((await there.call('POST', path, { token: gone.token, json: { text: 'again' } })).status).toBe(401);
  } finally {
    await other.close();
  }
});
