// While the views stand still, what a client makes is answered as made: told to try again later, it would make it twice.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { SIGN_ON_SECRET } from './tongues.ts';

let dataDir: string;
let program: Program;
let ann: Person;
let ben: Person;
let group: { readonly id: string; readonly number: number };
let chat: { readonly id: string };

const start = async (ROLES: string, viewWait?: number): Promise<void> => {
  const settings = { ROLES, NARGIL_JWT_SECRET: SIGN_ON_SECRET };
  program = await startProgram({ dataDir, settings, ...(viewWait !== undefined && { viewWait }) });
};
const post = (path: string, given: object) => program.call('POST', path, { token: ann.token, ...given });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'verbatim-'));
  await start('api,projector');
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  group = (await post('/v1/groups', { json: { name: 'team', memberIds: [ben.id] } })).json;
  chat = (await post('/v1/chats', { json: { userId: ben.id } })).json;
  await program.settled();
  await program.close();
  // No process projects.
  await start('api', 20);
});
afterAll(async () => {
  await program.close();
  await rm(dataDir, { recursive: true });
});

const form = (fields: Readonly<Record<string, string>>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('file', new File(['abc'], 'a.txt', { type: 'text/plain' }));
  return { body };
};

test('a message is answered with what was sent, and is there once', async () => {
  const messages = `/v1/conversations/${group.id}/messages`;
  const sent = [
    await post('/django-chat/api/messages/1/send/', form({ receiver_group: String(group.number), message: 'one' })),
    await post(`/solari/api/solarigroup/${group.number}/messages/`, form({ content: 'two' })),
    await post('/chatApp/messages/', { json: { message_text: 'three', chat_room_receiver: group.number } }),
  ];
  expect(sent.map(({ status, json }) => [status, json.message ?? json.content ?? json.message_text])).toEqual([
    [201, 'one'],
    [201, 'two'],
    [201, 'three'],
  ]);
  const [one, two, three] = sent.map(({ json }) => json);
  expect(one).toMatchObject({ sender: ann.number, receiver_group: String(group.number) });
  expect(one.file).toMatch(/a_[\w-]{64}\.txt$/);
  expect(two).toMatchObject({ sender: { id: ann.number, fullname: 'ann' }, type: 'document', chatspace: group.id });
  expect(three).toMatchObject({ sender: ann.number, chat_room_receiver: group.number });
  const direct = [
    await post('/api/messages/1/send/', { json: { receiver_user: ben.number, message: 'to you' } }),
    await post(`/api/chats/messages/?chat=${chat.id}`, { json: { content: 'to you' } }),
    await post('/chatApp/messages/', { json: { message_text: 'to you', user_receiver: ben.number } }),
  ];
  expect(direct.map(({ status, json }) => [status, json.receiver_user ?? json.user_receiver ?? json.sender])).toEqual([
    [201, ben.number],
    [201, ann.number],
    [201, ben.number],
  ]);
  expect((await program.call('GET', messages, { token: ann.token })).json.items).toEqual([]);
});

test('a group and a room are answered as they were made', async () => {
  const made = [
    await post('/api/groups/create/', { json: { name: 'one', members: [ben.number] } }),
    await post('/cht/api/groups/create/', { json: { group_name: 'two', type: 'public' } }),
    await post('/chatApp/chatRooms/', { json: { name: 'three', capacity: 3, link: 'x', password: 'p' } }),
  ];
  expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(made.map(({ json }) => json)).toMatchObject([
    { name: 'one', members: ['ann', 'ben'] },
    { name: 'two', slug: 'two', type: 'public', created_by: 'ann', members_count: 1 },
    { name: 'three', capacity: 3, link: 'x', password: 'p' },
  ]);
});

test('so is what an account makes that the views do not have yet', async () => {
  const cleo = { username: 'cleo', email: 'cleo@x.io', password: PASSWORD, first_name: 'C', last_name: 'L' };
  const registered = await program.call('POST', '/django-chat/api/register/', { json: cleo });
  const { access: token, id } = (await program.call('POST', '/django-chat/api/login/', { json: cleo })).json;
  expect([registered.status, registered.json.user.id]).toEqual([201, id]);
  const json = { receiver_user: ben.number, message: 'hello' };
  const sent = await program.call('POST', '/api/messages/1/send/', { token, json });
  expect([sent.status, sent.json.sender]).toEqual([201, id]);
  const wish = { group_name: 'four', type: 'public' };
  const made = await program.call('POST', '/cht/api/groups/create/', { token, json: wish });
  expect([made.status, made.json.created_by]).toEqual([201, 'CL']);
});
