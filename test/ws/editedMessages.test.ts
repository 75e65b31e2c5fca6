// Edited and restored messages at the sockets: whoever was there is told, and whoever comes back ends with the same, without
// ever being sent a text that was replaced or removed.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addReaction } from '../../src/commands/addReaction.ts';
import { editMessage } from '../../src/commands/editMessage.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { restoreMessage } from '../../src/commands/restoreMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { takeBackReaction } from '../../src/commands/takeBackReaction.ts';
import { meta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, connect, type Frame, knownFrom, listening } from '../support/sockets.ts';

const gate = createGate();
let program: Program;
let ann: Person;
let ben: Person;
const clients: Client[] = [];
beforeAll(async () => {
  program = await startProgram({
    settings: { ERASE_GRACE: '0' },
    stores: (stores) => ({
      ...stores,
      views: instead(stores.views, { apply: (...batch) => gate.passed().then(() => stores.views.apply(...batch)) }),
    }),
  });
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
});
afterAll(async () => {
  gate.open();
  for (const client of clients) client.close();
  await program.close();
});

const server = () => ({ port: Number(new URL(program.url).port) });
const core = () => program.services.core;
const groupOf = async (slug: string): Promise<string> =>
  (
    await program.call('POST', '/v1/groups', {
      token: ann.token,
      json: { name: slug, slug, public: true, memberIds: [ben.id] },
    })
  ).json.id;
const hear = async (subscription = {}): Promise<Client> => {
  const client = await listening(server(), ben.token, subscription);
  clients.push(client);
  return client;
};
const say = async (conversationId: string, text: string, fileId: string | null = null) => {
  const { messageId, position } = await sendMessage(core(), meta(ann.id), { conversationId, text, fileId });
  const wish = { conversationId, messageId };
  return {
    ...{ messageId, position },
    edit: (to: string) => editMessage(core(), meta(ann.id), { ...wish, text: to }),
    remove: () => removeMessage(core(), meta(ann.id), wish),
    restore: () => restoreMessage(core(), meta(ann.id), wish),
  };
};
const of = ({ frames }: Client, conversationId: string): readonly Frame[] =>
  frames.filter((frame) => frame.conversationId === conversationId);
const read = async (conversationId: string) => {
  await program.settled();
  return (await program.call('GET', `/v1/conversations/${conversationId}/messages`, { token: ben.token })).json.items;
};

test('who is there is told of an edit with the whole text, in order', async () => {
  const team = await groupOf('told');
  const present = await hear();
  const foreign = await connect(server(), {
    path: '/cht/ws/chat/told/',
    headers: { Authorization: `Bearer ${ben.token}` },
  });
  const message = await say(team, 'one');
  const { position } = await message.edit('two');
  const told = await present.next('message-edited');
  const [{ editedAt }] = await read(team);
  expect(told).toEqual({
    ...{ type: 'message-edited', position, conversationId: team, messageId: message.messageId },
    ...{ text: 'two', editedAt, by: ann.id },
  });
  await message.remove();
  const back = await message.restore();
  const restored = await present.next('message-restored');
  expect(restored).toEqual({
    ...{ type: 'message-restored', position: back.position, conversationId: team, by: ann.id },
    message: (await read(team))[0],
    sender: expect.objectContaining({ id: ann.id }),
  });
  const types = of(present, team).map(({ type }) => type);
  expect(types).toEqual(['message', 'message-edited', 'message-removed', 'message-restored']);
  await say(team, 'last');
  await expect.poll(() => foreign.frames.length).toBe(2);
  expect(foreign.frames.map((frame) => frame.message)).toEqual(['one', 'last']);
  foreign.close();
});

describe('a history', () => {
  test('has the last text alone, whenever its reader comes', async () => {
    const team = await groupOf('edits');
    const [first, second] = [await say(team, 'canary one'), await say(team, 'canary two')];
    const early = await hear({ after: 0 });
    for (const text of ['canary three', 'final']) await first.edit(text);
    const between = await hear({ after: second.position });
    const done = await second.edit('final too');
    for (const client of [early, between]) await client.next('message-edited', { position: done.position });
    const late = await hear({ after: 0 });
    const wanted = await read(team);
    for (const client of [early, late]) expect([...knownFrom(of(client, team)).values()]).toEqual(wanted);
    expect(of(early, team).filter(({ type }) => type === 'message-edited')).toHaveLength(3);
    expect(of(between, team).map(({ text }) => text)).toEqual(['final', 'final too']);
    expect(JSON.stringify(late.frames)).not.toContain('canary');
    expect(JSON.stringify(between.frames)).not.toContain('canary');
    const types = of(late, team).map(({ type }) => type);
    expect(types).toEqual(['member-added', 'message', 'message', 'message-edited', 'message-edited']);
  });

  test('has nothing of an edited message that is removed, and all of it once it is back', async () => {
    const team = await groupOf('back');
    const { id: fileId } = (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'x' })).json;
    const message = await say(team, 'canary', fileId);
    const early = await hear({ after: 0 });
    await message.edit('secret');
    await message.remove();
    expect(JSON.stringify(of(await hear({ after: 0 }), team))).not.toMatch(/canary|secret/);
    await message.restore();
    const third = await message.edit('shown');
    await early.next('message-edited', { position: third.position });
    const late = await hear({ after: 0 });
    for (const client of [early, late]) expect([...knownFrom(of(client, team)).values()]).toEqual(await read(team));
    expect(JSON.stringify(of(late, team))).not.toMatch(/canary|secret/);
    const since = await hear({ after: message.position });
    expect([...knownFrom(of(since, team)).values()]).toEqual(await read(team));
    await message.remove();
    const gone = await hear({ after: message.position });
    expect(JSON.stringify(of(gone, team))).not.toMatch(/canary|secret|shown/);
    expect(of(gone, team).map(({ type }) => type)).toEqual(['message-removed', 'message-removed']);
  });

  test('leaves a restored message its reactions, which no frame of a message has', async () => {
    const team = await groupOf('reactions');
    const message = await say(team, 'one');
    const wish = { conversationId: team, messageId: message.messageId };
    const early = await hear({ after: 0 });
    const react = (by: Person, emoji: string) => addReaction(core(), meta(by.id), { ...wish, emoji });
    await react(ann, '👍');
    await react(ben, '👍');
    await react(ann, '🎉');
    await react(ben, '❤️');
    await takeBackReaction(core(), meta(ann.id), { ...wish, emoji: '🎉' });
    await message.remove();
    expect((await read(team))[0].reactions).toEqual([]);
    const { position } = await message.restore();
    const restored = await early.next('message-restored', { position });
    expect(restored.message.reactions).toEqual([]);
    const reactions = [
      { emoji: '👍', count: 2, mine: true },
      { emoji: '❤️', count: 1, mine: true },
    ];
    const wanted = await read(team);
    expect(wanted).toMatchObject([{ text: 'one', reactions }]);
    const late = await hear({ after: 0 });
    for (const client of [early, late]) expect([...knownFrom(of(client, team), ben.id).values()]).toEqual(wanted);
  });

  test('waits for views that do not know the edit yet', async () => {
    const team = await groupOf('slow');
    const after = await program.services.events.head();
    const message = await say(team, 'canary');
    await program.settled();
    const present = await hear();
    gate.shut();
    await message.edit('final');
    await present.next('message-edited');
    const late = await connect(server(), { token: ben.token });
    clients.push(late);
    await late.next('ready');
    late.send({ type: 'subscribe', after });
    late.send({ type: 'ping' });
    await late.next('pong');
    gate.open();
    await late.next('message-edited');
    expect(JSON.stringify(of(late, team))).not.toContain('canary');
  });
});

test('nobody is sent an edited text after it was erased', async () => {
  const team = await groupOf('erased');
  const message = await say(team, 'canary one');
  const early = await hear({ after: 0 });
  await message.edit('canary two');
  await message.remove();
  await message.restore();
  await early.next('message-restored');
  const path = `/v1/conversations/${team}/messages/${message.messageId}/erasure`;
  expect((await program.call('PUT', path, { token: ann.token })).status).toBe(202);
  await early.next('message-erased');
  for (const after of [0, message.position]) {
    const late = await hear({ after });
    expect(JSON.stringify(of(late, team))).not.toContain('canary');
    expect(of(late, team).at(-1)).toMatchObject({ type: 'message-erased' });
  }
});

test('frames edit, remove and restore, each once under its key, also over HTTP', async () => {
  const team = await groupOf('frames');
  const { messageId } = await say(team, 'one');
  const client = await listening(server(), ann.token);
  clients.push(client);
  const wish = { conversationId: team, messageId };
  const ask = async (frame: object) => {
    client.send({ ...wish, ...frame });
    return client.next('accepted', { key: (frame as { key: string }).key });
  };
  const edited = await ask({ type: 'edit', key: 'e', text: 'two' });
  expect(await ask({ type: 'edit', key: 'e', text: 'two' })).toEqual(edited);
  await ask({ type: 'remove', key: 'r' });
  expect(await read(team)).toMatchObject([{ text: '', removedBy: ann.id }]);
  const { position } = await ask({ type: 'restore', key: 'b' });
  const again = await program.call('POST', `/v1/conversations/${team}/messages/${messageId}/restore`, {
    token: ann.token,
    headers: { 'Idempotency-Key': 'b' },
  });
  expect([again.status, again.headers.get('X-Position')]).toEqual([204, String(position)]);
  expect(await read(team)).toMatchObject([{ text: 'two' }]);
  client.send({ ...wish, type: 'edit', key: 'x', text: ' ' });
  expect(await client.next('refused')).toMatchObject({ key: 'x', code: 'message-empty', field: 'text' });
});
