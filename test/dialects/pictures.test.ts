// Pictures that are stored files, in the APIs whose clients show them: an <img> loads each without a token.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let eve: Person;
let group: { id: string; number: number; slug: string };
let count = 0;

beforeAll(async () => {
  program = await startProgram();
  [ann, ben, eve] = await Promise.all([program.person('ann'), program.person('ben'), program.person('eve')]);
});
afterAll(() => program.close());

const ask = async (who: Person, method: string, path: string, json?: unknown) => {
  const answer = await program.call(method, path, { token: who.token, ...(json === undefined ? {} : { json }) });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json;
};
const stored = async (who: Person, body: string): Promise<string> => {
  const headers = { 'Content-Type': 'image/png' };
  const { json } = await program.call('POST', '/v1/files?name=me.png', { token: who.token, body, headers });
  return `/v1/files/${json.id}`;
};
/** What an <img> shows that has this address; the status, if that is nothing. */
const shown = async (address: string) => {
  const { status, text } = await program.call('GET', address.replace(program.url, ''));
  return status === 200 ? text : status;
};

beforeEach(async () => {
  const json = { name: `Tea ${++count}`, slug: `tea${count}`, memberIds: [ben.id] };
  group = await ask(ann, 'POST', '/v1/groups', json);
});

describe('the picture of a person in nargil', () => {
  test.each(['', '/nargil'])('is shown to others wherever an answer or a frame has it, under "%s"', async (at) => {
    await ask(ann, 'PATCH', '/v1/me', { avatar: await stored(ann, 'ann’s face') });
    await ask(ann, 'POST', `/v1/conversations/${group.id}/messages`, { text: 'hello' });
    const chat = await ask(ben, 'GET', `${at}/cht/api/groups/${group.slug}/chat/`);
    const { all_users } = await ask(ben, 'GET', `${at}/cht/api/users-info/`);
    const { user } = await ask(ann, 'POST', `${at}/cht/api/group_chat/${group.slug}/`, {
      add_member: true,
      uuid: eve.id,
    });
    const profile = (await ask(ann, 'GET', `${at}/cht/api/user/profile/`)).data;
    const pictures = [chat.group.members[0].avatar, chat.messages[0].avatar, all_users[0].avatar, profile.avatar];
    for (const picture of pictures) {
      expect(picture).toMatch(new RegExp(`^${at}/cht/media/static/files/[\\w-]{64}$`));
      expect(await shown(picture)).toBe('ann’s face');
    }
    expect(user.usr_avatar).toBeNull();

    const port = Number(new URL(program.url).port);
    const headers = { Authorization: ben.token };
    const client = await connect({ port }, { path: `${at}/cht/ws/chat/${group.slug}/`, headers });
    await ask(ann, 'POST', `/v1/conversations/${group.id}/messages`, { text: 'and again' });
    await eventually(() => expect(client.frames).toHaveLength(1));
    expect(await shown(client.frames[0].avatar_url)).toBe('ann’s face');
    client.close();
  });

  test('is shown at its old address no more, once it is another one', async () => {
    const avatarNow = async () =>
      (await ask(ben, 'GET', `/cht/api/groups/${group.slug}/chat/`)).group.members[0].avatar;
    await ask(ann, 'PATCH', '/v1/me', { avatar: await stored(ann, 'with a beard') });
    const old = await avatarNow();
    await ask(ann, 'PATCH', '/v1/me', { avatar: await stored(ann, 'shaved') });
    expect([await shown(old), await shown(await avatarNow())]).toEqual([404, 'shaved']);
  });
});

describe('in Solari', () => {
  test.each(['', '/solari'])('members see the picture of a group while they are in it, under "%s"', async (at) => {
    const pictureNow = async (): Promise<string> =>
      (await ask(ben, 'GET', `${at}/api/my-groups/`)).find(({ id }: { id: number }) => id === group.number).picture;
    const describeAs = async (body: string) =>
      ask(ann, 'PATCH', `/v1/conversations/${group.id}`, { picture: await stored(ann, body) });
    await describeAs('the pot');
    const old = await pictureNow();
    expect(old.startsWith(`${program.url}${at}/media/uploads/`)).toBe(true);
    await describeAs('the kettle');
    const address = await pictureNow();
    expect([await shown(old), await shown(address)]).toEqual([404, 'the kettle']);
    await ask(ann, 'DELETE', `/v1/conversations/${group.id}/members/${ben.id}`);
    expect(await shown(address)).toBe(404);
  });

  test('a login has the picture of its account', async () => {
    await ask(ann, 'PATCH', '/v1/me', { avatar: await stored(ann, 'ann’s face') });
    const json = { email: 'ann', password: 'correct horse' };
    const { photo } = (await program.call('POST', '/solari/api/login/', { json })).json;
    expect(await shown(photo)).toBe('ann’s face');
  });
});

test('a file of somebody else is nobody’s picture, though a registration names it', async () => {
  const avatar = await stored(ann, 'ann’s secret');
  await program.call('POST', '/v1/users', { json: { username: 'mallory', password: PASSWORD, avatar } });
  const json = { login: 'mallory', password: PASSWORD };
  const token = (await program.call('POST', '/v1/sessions', { json })).json.accessToken;
  const { data } = (await program.call('GET', '/cht/api/user/profile/', { token })).json;
  expect([data.first_name, await shown(data.avatar)]).toEqual(['mallory', 404]);
});

test('an address of a picture opens no other file, and is nobody else’s picture', async () => {
  await ask(ann, 'PATCH', '/v1/me', { avatar: await stored(ann, 'ann’s face') });
  const { avatar } = (await ask(ben, 'GET', '/cht/api/users-info/')).all_users[0];
  const name = avatar.split('/').at(-1);
  const bytes = Buffer.from(name, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const other = Buffer.from(bytes);
    other[at]! ^= 1;
    expect(await shown(avatar.replace(name, other.toString('base64url'))), `${at}`).toBe(404);
  }
});
