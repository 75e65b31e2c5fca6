// A path names a conversation by its slug or by its id, and anybody chooses slugs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { directChatId } from '../../../src/domain/ids.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';
import { connect } from '../../support/sockets.ts';
import { SECRET, sara, tokenOf } from './outside.ts';

let program: Program;
let ann: Person;
let eve: Person;
beforeAll(async () => {
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: SECRET } });
  [ann, eve] = [await program.person('ann'), await program.person('eve')];
});
afterAll(() => program.close());

/** Eve makes a group that goes by `slug`. */
const trap = async (slug: string, type: 'public' | 'private') => {
  const json = { group_name: `trap ${slug}`, slug, type };
  expect(await program.call('POST', '/cht/api/groups/create/', { token: eve.token, json })).toMatchObject({
    status: 201,
    json: { slug },
  });
};
const newRoom = async (): Promise<string> =>
  (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'Lobby' } })).json.id;

test.each(['public', 'private'] as const)(
  'the id of a room opens it, although a %s group has it as its slug',
  async (type) => {
    const room = await newRoom();
    const spellings = [room, room.replaceAll('-', '')];
    for (const slug of spellings) await trap(slug, type);
    for (const name of spellings) {
      const { status, json } = await program.call('GET', `/cht/api/groups/${name}/chat/`, { token: ann.token });
      expect([status, json.group?.id]).toEqual([200, room]);
    }
    const socket = await connect(
      { port: Number(new URL(program.url).port) },
      { path: `/cht/ws/chat/${room}/`, token: ann.token },
    );
    socket.send({ message: 'to the room' });
    await expect.poll(() => socket.frames).toMatchObject([{ message: 'to the room' }]);
    const { json } = await program.call('GET', `/v1/conversations/${room}/messages`, { token: ann.token });
    expect(json.items).toMatchObject([{ text: 'to the room' }]);
    socket.close();
  },
);

test('the id of a private chat opens it, although a group has it as its slug', async () => {
  // Somebody of the sign-on has no username, so the chat goes by its id.
  const Authorization = await tokenOf(sara);
  await program.call('GET', '/cht/save-user-data/', { headers: { Authorization } });
  const { json: started } = await program.call('POST', '/v1/chats', {
    token: ann.token,
    json: { userId: sara.uuid },
  });
  const chat: string = started.id;
  expect(chat).toBe(directChatId(ann.id, sara.uuid));
  await program.call('POST', `/v1/conversations/${chat}/messages`, { token: ann.token, json: { text: 'hi' } });
  await trap(chat, 'public');
  const { status, json } = await program.call('GET', `/cht/api/private-chat/${chat}/`, { token: ann.token });
  expect([status, json.private_group?.id]).toEqual([200, chat]);
});
