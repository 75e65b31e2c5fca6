// How somebody chose to be called is what others see, in every API that shows names of people.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, connect } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let socket: Client;
let group = { id: '', number: 0 };
let chat = { id: '' };
beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  const json = { firstName: 'Benjamin', lastName: 'Smith', displayName: 'Benny' };
  await program.call('PATCH', '/v1/me', { token: ben.token, json });
  const post = async (path: string, json: object) =>
    (await program.call('POST', path, { token: ben.token, json })).json;
  group = await post('/v1/groups', { name: 'team', memberIds: [ann.id] });
  chat = await post('/v1/chats', { userId: ann.id });
  socket = await connect(
    { port: Number(new URL(program.url).port) },
    { path: `/cht/ws/chat/${group.id}/`, token: ann.token },
  );
  for (const { id } of [group, chat]) await post(`/v1/conversations/${id}/messages`, { text: 'hello' });
  await program.settled();
});
afterAll(() => program.close());

const read = async (path: string) => (await program.call('GET', path, { token: ann.token })).json;

test('in Solari', async () => {
  expect(await read('/api/chats/')).toEqual([{ id: chat.id, chat_name: 'Benny' }]);
  expect(await read(`/api/chats/messages/?chat=${chat.id}`)).toMatchObject([{ sender_name: 'Benny' }]);
  expect(await read(`/api/solarigroup/${group.number}/messages/`)).toMatchObject([{ sender: { fullname: 'Benny' } }]);
  const json = { email: 'ben', password: PASSWORD };
  expect((await program.call('POST', '/solari/api/login/', { json })).json).toMatchObject({ fullname: 'Benny' });
});

test('in nargil', async () => {
  const { messages, group: shown } = await read(`/cht/api/groups/${group.id}/chat/`);
  expect(messages).toMatchObject([{ user_name: 'Benny' }]);
  expect(shown.members).toMatchObject([{ firstname: 'Benny', lastname: '' }, { firstname: 'ann' }]);
  expect(await read('/cht/api/groups/')).toMatchObject([{ created_by: 'Benny' }]);
  expect(await read('/cht/api/groups/?type=PrivateGroup')).toMatchObject([{ created_by: 'Benny', user_name: 'Benny' }]);
  expect((await read('/cht/api/users-info/')).all_users).toMatchObject([{ firstname: 'ann' }, { firstname: 'Benny' }]);
  await expect.poll(() => socket.frames).toMatchObject([{ user: 'ben', user_name: 'Benny' }]);
});
