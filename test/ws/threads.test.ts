// Replies and threads at the sockets: live and in histories, from the log alone.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markThreadRead } from '../../src/commands/markThreadRead.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { firstPolicy } from '../../src/domain/policy.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { meta, plainMeta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, listening } from '../support/sockets.ts';

const gate = createGate();
let program: Program;
let ann: Person;
let ben: Person;
beforeAll(async () => {
  program = await startProgram({
    stores: (stores) => ({
      ...stores,
      views: instead(stores.views, {
        apply: (...batch) => gate.passed().then(() => stores.views.apply(...batch)),
      }),
    }),
  });
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
});
afterAll(async () => {
  gate.open();
  await program.close();
});

const core = () => program.services.core;
const head = () => program.services.events.head();
const listen = (by: Person, after?: number): Promise<Client> =>
  listening({ port: Number(new URL(program.url).port) }, by.token, after === undefined ? {} : { after });
const group = async (more: object = {}): Promise<string> => {
  const json = { name: 'team', memberIds: [ben.id], ...more };
  return (await program.call('POST', '/v1/groups', { token: ann.token, json })).json.id;
};
const say = (by: Person, conversationId: string, text: string, more: object = {}) =>
  sendMessage(core(), meta(by.id), { conversationId, text, ...more });
const setHistory = (conversationId: string, history: 'all' | 'since-joining') =>
  core().ledger.transact(conversations, conversationId, plainMeta(ann.id), () => [
    {
      type: 'PolicySet',
      data: { conversationId, policy: { ...firstPolicy.group, history }, setBy: ann.id },
    },
  ]);

describe('a reply', () => {
  test('comes with what it quotes, while no view has it', async () => {
    const team = await group();
    const { messageId } = await say(ann, team, 'x'.repeat(300));
    const client = await listen(ben);
    gate.shut();
    const { messageId: id } = await say(ann, team, 'so?', { replyTo: messageId });
    const frame = await client.next('message');
    gate.open();
    expect(frame).toMatchObject({
      message: { id, replyTo: { id: messageId, seq: 1 }, threadId: null, thread: null },
      quoted: {
        message: { id: messageId, seq: 1, text: 'x'.repeat(200), senderId: ann.id, removedAt: null, erased: false },
        sender: { id: ann.id, username: 'ann' },
      },
    });
    await say(ann, team, 'plain');
    expect(Object.keys(await client.next('message'))).not.toContain('quoted');
    client.close();
  });

  test('never shows again what was removed since, to whoever comes back, however often it was shown', async () => {
    const after = await head();
    const team = await group();
    const { messageId } = await say(ann, team, 'secret');
    await say(ben, team, 'so?', { replyTo: messageId });
    const [present, early] = [await listen(ben, after), await listen(ann, after)];
    const quotes = ({ frames }: Client) =>
      frames
        .filter(({ quoted, conversationId }) => quoted && conversationId === team)
        .map(({ quoted }) => quoted.message);
    expect([present, early].flatMap(quotes).map(({ text }) => text)).toEqual(['secret', 'secret']);
    await removeMessage(core(), meta(ann.id), { conversationId: team, messageId });
    await Promise.all([present.next('message-removed'), early.next('message-removed')]);
    const late = await Promise.all([listen(ben, after), listen(ann, after)]);
    expect(late.flatMap(quotes)).toMatchObject(
      Array(2).fill({ id: messageId, text: '', removedAt: expect.any(String) }),
    );
    expect(JSON.stringify(late.map(({ frames }) => frames))).not.toContain('secret');
    for (const client of [present, early, ...late]) client.close();
  });

  test('shows what it quotes as it was edited last, to whoever comes back', async () => {
    const after = await head();
    const team = await group();
    const { messageId } = await say(ann, team, 'teh');
    await say(ben, team, 'so?', { replyTo: messageId });
    const early = await listen(ben, after);
    const edited = { conversationId: team, messageId, senderId: ann.id, text: 'the' };
    await core().ledger.transact(saidMessages, `${team}-${messageId}`, plainMeta(ann.id), () => [
      { type: 'MessageEdited', data: edited },
    ]);
    const { position } = await say(ann, team, 'the end');
    await early.next('message', { position });
    const late = await listen(ben, after);
    const quoted = [early, late].map(({ frames }) =>
      frames.find((frame) => frame.quoted && frame.conversationId === team),
    );
    expect(quoted.map((frame) => frame.quoted.message.text)).toEqual(['teh', 'the']);
    for (const client of [early, late]) client.close();
  });

  test('shows nothing of what it quotes where members see only what was said since they joined', async () => {
    const after = await head();
    const team = await group();
    const { messageId } = await say(ann, team, 'of old');
    const client = await listen(ben, after);
    const reply = async () => {
      await say(ann, team, 'so?', { replyTo: messageId });
      return client.next('message', { conversationId: team });
    };
    expect((await reply()).quoted.message.text).toBe('of old');
    await setHistory(team, 'since-joining');
    const silent = await reply();
    expect(silent.message.replyTo).toEqual({ id: messageId, seq: 1 });
    expect(silent.quoted).toBeUndefined();
    // Nor what was said before the policy changed.
    const late = await listen(ben, after);
    expect(late.frames.filter(({ conversationId, quoted }) => conversationId === team && quoted)).toEqual([]);
    await setHistory(team, 'all');
    expect((await reply()).quoted.message.text).toBe('of old');
    for (const one of [client, late]) one.close();
  });
});

describe('what one does in threads', () => {
  test('is told to one’s own sockets alone, live and in a history, once', async () => {
    const after = await head();
    const team = await group();
    const { messageId: threadId } = await say(ann, team, 'one');
    const [own, other] = [await listen(ann), await listen(ben)];
    await say(ben, team, 'two', { threadId });
    const path = `/v1/conversations/${team}/messages/${threadId}/thread/follow`;
    await program.call('DELETE', path, { token: ann.token });
    const of = { conversationId: team, threadId };
    expect(await own.next('thread-followed')).toMatchObject(of);
    expect(await own.next('message')).toMatchObject({ message: { threadId, seq: 2 } });
    expect(await own.next('thread-unfollowed')).toMatchObject(of);
    own.send({ type: 'read-thread', key: 'r', conversationId: team, messageId: threadId, upTo: 9 });
    const { position } = await own.next('accepted', { key: 'r' });
    expect(await own.next('thread-read')).toEqual({ type: 'thread-read', position, ...of, upTo: 2 });
    await say(ann, team, 'the end');
    await other.next('message', { position: await head() });
    const told = ({ frames }: Client) =>
      frames.filter(({ type, conversationId }) => type.startsWith('thread-') && conversationId === team);
    expect(told(other)).toMatchObject([{ type: 'thread-followed', ...of }]);
    const [mine, his] = [await listen(ann, after), await listen(ben, after)];
    expect(told(mine)).toEqual(told(own));
    expect(told(own)).toHaveLength(3);
    expect(told(his)).toEqual(told(other));
    for (const client of [own, other, mine, his]) client.close();
  });

  test('under one key a frame and a request are one command', async () => {
    const team = await group();
    const { messageId } = await say(ann, team, 'one');
    const client = await listen(ann);
    client.send({ type: 'read-thread', key: 'once', conversationId: team, messageId, upTo: 1 });
    const { position } = await client.next('accepted');
    const before = await head();
    const reply = await program.call('POST', `/v1/conversations/${team}/messages/${messageId}/thread/read`, {
      token: ann.token,
      headers: { 'Idempotency-Key': 'once' },
      json: { upTo: 1 },
    });
    expect([reply.status, reply.headers.get('x-position')]).toEqual([204, String(position)]);
    expect(await head()).toBe(before);
    await markThreadRead(core(), meta(ann.id), { conversationId: team, messageId, upTo: 0 });
    client.close();
  });
});
