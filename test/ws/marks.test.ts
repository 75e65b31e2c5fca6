// Reactions and pins are told to everybody who hears the conversation, bookmarks to nobody but one's own devices.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
const clients: Client[] = [];
beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await program.close();
});

const call = (by: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: by.token, ...(json === undefined ? {} : { json }) });
const hear = async (who: Person, subscription = {}): Promise<Client> => {
  const client = await listening({ port: Number(new URL(program.url).port) }, who.token, subscription);
  clients.push(client);
  return client;
};
const said = async () => {
  const { id } = (await call(ann, 'POST', '/v1/groups', { name: 'Tea', memberIds: [ben.id] })).json;
  const message = (await call(ann, 'POST', `/v1/conversations/${id}/messages`, { text: 'tea?' })).json;
  return { after: message.position, about: { conversationId: id, messageId: message.id } };
};
const pathOf = ({ conversationId, messageId }: { conversationId: string; messageId: string }) =>
  `/v1/conversations/${conversationId}/messages/${messageId}`;

/** What a client was told of a message after it was sent. */
const toldOf = ({ frames }: Client, about: { messageId: string }) =>
  frames.filter(({ messageId, type }) => messageId === about.messageId && type !== 'accepted');

test('whoever is there and whoever comes back are told the same, each once, in order', async () => {
  const { after, about } = await said();
  const [annHears, benHears] = [await hear(ann), await hear(ben)];
  benHears.send({ type: 'react', key: 'r', ...about, emoji: '\u2764' });
  const { position } = await benHears.next('accepted', { key: 'r' });
  const reaction = { ...about, emoji: '\u2764\ufe0f', userId: ben.id };
  const added = { type: 'reaction-added', position, ...reaction, count: 1 };
  expect(await annHears.next('reaction-added')).toEqual(added);
  await call(ann, 'PUT', `${pathOf(about)}/reactions/${encodeURIComponent('❤️')}`);
  await benHears.next('reaction-added', { userId: ann.id });
  benHears.send({ type: 'unreact', key: 'u', ...about, emoji: '❤️' });
  const back = await annHears.next('reaction-taken-back');
  expect(back).toEqual({ type: 'reaction-taken-back', position: back.position, ...reaction, count: 1 });
  await call(ann, 'PUT', `${pathOf(about)}/pin`);
  await call(ben, 'DELETE', `${pathOf(about)}/pin`);
  expect(await benHears.next('message-unpinned')).toMatchObject({ ...about, unpinnedBy: ben.id });
  await annHears.next('message-unpinned');
  const late = await hear(ann, { after });
  const told = toldOf(annHears, about);
  expect(told.map(({ type, count }) => [type, count])).toEqual([
    ['reaction-added', 1],
    ['reaction-added', 2],
    ['reaction-taken-back', 1],
    ['message-pinned', undefined],
    ['message-unpinned', undefined],
  ]);
  expect([toldOf(benHears, about), toldOf(late, about)]).toEqual([told, told]);
});

test('a key of a reaction is none of its taking back', async () => {
  const { about } = await said();
  const client = await hear(ben);
  const wish = { key: 'k', ...about, emoji: '👍' };
  client.send({ type: 'react', ...wish });
  client.send({ type: 'react', ...wish });
  client.send({ type: 'unreact', ...wish });
  expect(await client.next('refused')).toMatchObject({ key: 'k', code: 'command-key-reused' });
  await call(ann, 'PUT', `${pathOf(about)}/pin`);
  // Frames come in the order of the log.
  await client.next('message-pinned');
  expect(client.frames.filter(({ type }) => type === 'reaction-added')).toHaveLength(1);
});

test('a bookmark is told to one’s own devices alone, also to one that was away', async () => {
  const { after, about } = await said();
  const [phone, annHears] = [await hear(ben), await hear(ann)];
  await call(ben, 'PUT', `${pathOf(about)}/bookmark`);
  await call(ben, 'DELETE', `${pathOf(about)}/bookmark`);
  await call(ben, 'PUT', `${pathOf(about)}/pin`);
  await Promise.all([phone, annHears].map((client) => client.next('message-pinned')));
  const [benLate, annLate] = [await hear(ben, { after }), await hear(ann, { after })];
  const types = (client: Client) => toldOf(client, about).map(({ type }) => type);
  const own = ['bookmark-added', 'bookmark-removed', 'message-pinned'];
  expect([types(phone), types(benLate)]).toEqual([own, own]);
  expect([types(annHears), types(annLate)]).toEqual([['message-pinned'], ['message-pinned']]);
});
