// The five documents, each read by a stranger: a client that knows nothing else uses every endpoint, field, status and
// frame that its document names.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../support/program.ts';
import { type Client, connect } from '../support/sockets.ts';
import { omid, SECRET, sara, tokenOf } from './nargil/outside.ts';
import { hears } from './tongues.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: SECRET } });
});
afterAll(() => program.close());

const PASSWORD = 'testpass111';
const [int, text, flag] = [expect.any(Number), expect.any(String), expect.any(Boolean)];
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const key = expect.stringMatching(/^[0-9a-f]{40}$/);

/** A client whose header is `Authorization: <credential>`. */
const client = (credential?: string) => {
  const asking = async (method: string, path: string, json?: unknown) => {
    const headers: Record<string, string> = credential === undefined ? {} : { Authorization: credential };
    const { status, json: body } = await program.call(method, path, { headers, json });
    return [status, body] as const;
  };
  return {
    get: (path: string) => asking('GET', path),
    post: (path: string, body?: object) => asking('POST', path, body),
    patch: (path: string, body: object) => asking('PATCH', path, body),
    put: (path: string, body: object) => asking('PUT', path, body),
    delete: (path: string) => asking('DELETE', path),
    listen: (path: string): Promise<Client> =>
      connect({ port: Number(new URL(program.url).port) }, { path, headers: { authorization: credential ?? '' } }),
  };
};
const stranger = client();

describe('Solari', () => {
  test('a person registers, logs in, reads groups and starts chats', async () => {
    const registering = (email: string, phone_number: string) =>
      stranger.post('/api/register/', { full_name: 'Ada Obi', email, phone_number, password: PASSWORD });
    expect(await registering('ada@solari.io', '08012345678')).toEqual([201, { message: 'created' }]);
    expect(await registering('ben@solari.io', '08012345679')).toEqual([201, { message: 'created' }]);
    expect(await registering('ben@solari.io', '08012345670')).toEqual([400, { message: text }]);
    expect(await stranger.post('/api/register/', { full_name: '', email: 'x', password: '1' })).toEqual([
      400,
      {
        message: text,
        full_name: [text],
        fullname: [text],
        email: [text],
        phone_number: [text],
        password: expect.arrayContaining([text]),
      },
    ]);
    expect(await stranger.post('/api/login/', { email: 'ada@solari.io', password: 'wrong' })).toEqual([
      401,
      expect.objectContaining({ message: text }),
    ]);
    const login = async (email: string) => (await stranger.post('/api/login/', { email, password: PASSWORD }))[1];
    const ben = await login('ben@solari.io');
    const account = await login('ada@solari.io');
    expect(account).toMatchObject({
      id: int,
      fullname: 'Ada Obi',
      email: 'ada@solari.io',
      token: key,
      is_active: true,
      is_staff: flag,
      is_superuser: flag,
      date_joined: time,
      last_login: time,
    });
    const ada = client(`Token ${account.token}`);
    expect(await ada.get('/api/my-groups/')).toEqual([200, []]);
    // The document has no way to make a group, or to write in one.
    await ada.post('/v1/groups', { name: 'Town', description: 'All of it', picture: '/town.png' });
    const [, groups] = await ada.get('/api/my-groups/');
    expect(groups).toEqual([
      {
        id: int,
        admin: account.id,
        name: 'Town',
        description: 'All of it',
        picture: '/town.png',
        chat_id: uuid,
        date_created: time,
      },
    ]);
    const messages = `/api/solarigroup/${groups[0].id}/messages/`;
    await ada.post(messages, { content: 'Hello' });
    expect(await ada.get(messages)).toEqual([
      200,
      [
        expect.objectContaining({
          id: int,
          chatspace: groups[0].chat_id,
          type: 'text',
          sender: { id: account.id, fullname: 'Ada Obi', email: 'ada@solari.io' },
          content: 'Hello',
          file: null,
          date_created: time,
        }),
      ],
    ]);
    const documented = ['id', 'chatspace', 'type', 'sender', 'content', 'file', 'date_created'];
    expect(Object.keys((await ada.get(messages))[1][0]).slice(0, documented.length)).toEqual(documented);
    expect(await ada.get('/api/chats/')).toEqual([200, []]);
    const started = await ada.get(`/api/chats/start/?user=${ben.id}`);
    expect(started).toEqual([200, { id: uuid, chat_name: 'Ada Obi' }]);
    expect(await ada.get('/api/chats/')).toEqual([200, [started[1]]]);
  });
});

describe('Django-Chat-Server', () => {
  const person = (username: string) => ({
    username,
    email: `${username}@django.io`,
    password: PASSWORD,
    first_name: 'Z',
    last_name: 'H',
  });
  const arrive = async (username: string) => {
    const [status, { user }] = await stranger.post('/api/register/', person(username));
    const { email, password } = person(username);
    const [, { access, refresh }] = await stranger.post('/api/login/', { email, password });
    const payload = JSON.parse(Buffer.from(access.split('.')[1], 'base64url').toString());
    expect([status, payload]).toEqual([201, expect.objectContaining({ user_id: user.id, token_type: 'access' })]);
    return { id: payload.user_id as number, refresh: refresh as string, ...client(`Bearer ${access}`) };
  };
  const ofUser = (id: number, username: string) => ({
    id,
    username,
    email: `${username}@django.io`,
    first_name: 'Z',
    last_name: 'H',
    date_joined: time,
  });

  test('a person registers, changes and deletes the account', async () => {
    const zoe = await arrive('zoe');
    expect(await zoe.get(`/api/${zoe.id}`)).toEqual([200, ofUser(zoe.id, 'zoe')]);
    const change = `/api/${zoe.id}/update/`;
    expect(await zoe.patch(change, { email: 'zo@django.io' })).toEqual([
      200,
      { ...ofUser(zoe.id, 'zoe'), email: 'zo@django.io' },
    ]);
    expect(await zoe.put(change, person('zora'))).toEqual([200, ofUser(zoe.id, 'zora')]);
    expect(await zoe.get('/api/users/protected/')).toEqual([200, { message: text, email: 'zora@django.io' }]);
    expect(await zoe.delete(`/api/${zoe.id}/delete/`)).toEqual([200, { message: 'User deleted successfully.' }]);
    const yan = await arrive('yan');
    expect(await yan.post('/api/logout/', { refresh: yan.refresh })).toEqual([
      200,
      { message: 'User Logout successfully.' },
    ]);
  });

  test('people write to each other and in groups, each under a number of its own', async () => {
    const [ann, ben, cy] = [await arrive('ann'), await arrive('ben'), await arrive('cy')];
    const [made, group] = await ann.post('/api/groups/create/', { name: 'team', members: `[${ben.id}]` });
    expect([made, group]).toEqual([201, { id: int, name: 'team', members: ['ann', 'ben'] }]);
    expect(await cy.post(`/api/groups/${group.id}/join/`)).toEqual([200, { message: text }]);
    const message = (fields: object) => ({
      id: int,
      sender: ann.id,
      receiver_user: null,
      receiver_group: null,
      file: null,
      timestamp: time,
      ...fields,
    });
    const [toBen, toTeam] = [
      message({ message: 'hi', receiver_user: ben.id }),
      message({ message: 'hi all', receiver_group: group.id }),
    ];
    const send = (id: number, body: object) => ann.post(`/api/messages/${id}/send/`, body);
    expect(await send(ben.id, { receiver_user: ben.id, message: 'hi' })).toEqual([201, toBen]);
    expect(await send(group.id, { message: 'hi all' })).toEqual([201, toTeam]);
    expect(await cy.get(`/api/messages/${group.id}/`)).toEqual([200, [toTeam]]);
    expect(await ben.get(`/api/messages/${ben.id}/`)).toEqual([200, [toBen]]);
    expect(await cy.get(`/api/messages/${cy.id}/`)).toEqual([200, []]);
    expect(await cy.post(`/api/groups/${group.id}/leave/`)).toEqual([200, { message: text }]);
    expect(await cy.get(`/api/messages/${group.id}/`)).toEqual([200, []]);
    const form = new FormData();
    form.append('receiver_user', String(ben.id));
    form.append('file', new File(['notes'], 'notes.txt'));
    const token = (await stranger.post('/api/login/', { email: 'ann@django.io', password: PASSWORD }))[1].access;
    const sent = await program.call('POST', `/api/messages/${ben.id}/send/`, { token, body: form });
    const [found, { file_url }] = await ben.get(`/api/messages/files/${sent.json.id}/`);
    expect([found, (await program.call('GET', file_url)).text]).toEqual([200, 'notes']);
  });
});

test('a change of one’s own account shows one’s own e-mail address, and nobody else sees it', async () => {
  const names = { username: 'own', email: 'own@private.io' };
  const { number } = (await program.call('POST', '/v1/users', { json: { ...names, password: PASSWORD } })).json;
  const session = await program.call('POST', '/v1/sessions', { json: { login: 'own', password: PASSWORD } });
  const own = client(`Bearer ${session.json.accessToken}`);
  for (const path of [`/api/${number}/update/`, '/auth/user/', '/userauth/users/me/', `/userauth/users/${number}/`])
    expect(await own.patch(path, { first_name: 'Ann' })).toMatchObject([200, { ...names, first_name: 'Ann' }]);
  expect(await own.patch('/v1/me', { firstName: 'Ann' })).toMatchObject([200, names]);
  expect(await own.get(`/api/${number}/`)).toMatchObject([200, names]);
  const other = client(`Bearer ${(await program.person('curious')).token}`);
  expect(await other.get(`/api/${number}/`)).toMatchObject([200, { username: 'own', email: '' }]);
});

describe('nargil', () => {
  const member = { id: uuid, firstname: text, lastname: text, is_superuser: flag, avatar: null };

  test('a person of the sign-on makes a group, adds, removes, enters and talks', async () => {
    const [owner, other] = [client(await tokenOf(sara)), client(await tokenOf({ ...omid, usr_avatar: null }))];
    for (const { post, get } of [owner, other]) {
      expect(await post('/cht/save-user-data/')).toEqual([200, { message: 'User data created successfully.' }]);
      expect(await get('/cht/save-user-data/')).toEqual([200, { message: 'User data updated successfully.' }]);
    }
    const group = { id: uuid, name: 'arash', slug: 'arash', type: 'public' };
    const made = await owner.post('/cht/api/groups/create/', { group_name: 'arash', slug: 'arash', type: 'public' });
    expect(made).toEqual([201, { ...group, created_by: text, members_count: 1 }]);
    expect(Object.keys(made[1])).toEqual(['id', 'name', 'slug', 'created_by', 'type', 'members_count']);
    const change = (add_member: boolean) => owner.post('/cht/api/group_chat/arash/', { add_member, uuid: omid.uuid });
    const enter = async () => (await owner.get('/cht/api/groups/Arash/chat/'))[1];
    const added = {
      id: '5c4f39fb-8cc0-4229-813f-0b2b367edcff',
      // The national code of somebody else is nobody's business.
      nationalcode: '',
      first_name_fa: 'firstname',
      last_name_fa: 'lastname',
      usr_avatar: null,
    };
    expect(await change(true)).toEqual([
      200,
      { message: 'کاربر با نام firstname lastname به گروه arash اضافه شد.', user: added },
    ]);
    const isOmid = expect.objectContaining({ firstname: 'firstname' });
    expect((await enter()).all_users).not.toContainEqual(isOmid);
    expect(await change(false)).toEqual([200, { message: 'کاربر با نام firstname lastname از گروه arash حذف شد.' }]);
    expect((await enter()).all_users).toContainEqual({ ...member, firstname: 'firstname', lastname: 'lastname' });
    await change(true);
    expect((await owner.get('/cht/api/groups/'))[1]).toEqual([{ ...group, created_by: text, members_count: 2 }]);

    const [here, there] = await Promise.all([owner, other].map(({ listen }) => listen('/cht/ws/chat/arash/')));
    const said = { avatar_url: '/media/avatars/template_0_FZzDUpq.jpg', timestamp: '2024-11-03 08:04:40' };
    here!.send({ message: 'hello', ...said });
    for (const one of [here, there])
      expect(await hears(one!, { message: 'hello' })).toEqual({
        message: 'hello',
        user: 'سارا راد',
        user_name: 'سارا راد',
        avatar_url: text,
        timestamp: expect.stringMatching(/\.\d{6}\+03:30$/),
        file: '',
        filename: '',
      });
    here!.send({ file: Buffer.from('bytes').toString('base64'), filename: 'filename', ...said });
    const { file } = await hears(there!, { message: '' });
    expect(file).toMatch(/^\/cht\/media\/static\/files\/./);
    for (const one of [here, there]) one!.close();

    const entered = await enter();
    expect(entered).toEqual({
      group: { ...group, members: [member, member] },
      messages: ['hello', ''].map((content, i) => ({
        id: uuid,
        content,
        timestamp: time,
        user: sara.uuid,
        user_name: sara.first_name_fa,
        avatar: null,
        group: entered.group.id,
        file: i === 0 ? null : text,
      })),
      all_users: expect.any(Array),
      user_profile: { id: uuid, user: sara.uuid, first_name: text, last_name: text, avatar: null, is_superuser: false },
    });
    expect(Object.keys(entered.group.members[0])).toEqual(['id', 'firstname', 'lastname', 'is_superuser', 'avatar']);
    const opened = await program.call('GET', entered.messages[1].file, { headers: { Accept: 'image/*' } });
    expect(opened.text).toBe('bytes');
  });

  test('a person finds people and profiles, and writes to somebody alone', async () => {
    const [owner, other] = [client(await tokenOf(sara)), client(await tokenOf({ ...omid, usr_avatar: null }))];
    const groups = [{ id: uuid, name: 'arash', slug: 'arash', type: 'public' }];
    const [, { all_users: people }] = await owner.get('/cht/api/users-info/');
    expect(people).toContainEqual({ ...member, firstname: 'firstname', groups });
    const profile = { id: uuid, user: uuid, first_name: text, last_name: text, avatar: null, is_superuser: flag };
    const own = await owner.get('/cht/api/user/profile/?get-all=true');
    expect(own).toEqual([200, { message: 'User Profile Found', data: profile }]);
    const [, all] = await other.get('/cht/api/user/profile/?get-all=true');
    expect(all).toEqual({ message: 'All User Profiles Retrieved', data: expect.arrayContaining([profile]) });

    const name = 'private_chat_admin_user';
    const [here, there] = await Promise.all([owner, other].map((one) => one.listen(`/cht/ws/private_chat/${name}/`)));
    here!.send({ message: 'hello', recipient: omid.uuid });
    for (const one of [here, there])
      expect(await hears(one!, { message: 'hello' })).toEqual({
        message: 'hello',
        sender: 'ساراراد',
        avatar_url: text,
        recipient: 'firstname lastname',
      });
    here!.send({ file: Buffer.from('bytes').toString('base64'), filename: 'files', recipient: omid.uuid });
    expect(await there!.next('chat_file')).toMatchObject({ file: text, filename: text });
    for (const one of [here, there]) one!.close();
    const [status, chat] = await other.get(`/cht/api/private-chat/${name}/`);
    const members = [sara.uuid, '5c4f39fb-8cc0-4229-813f-0b2b367edcff'].map((id) => ({ id }));
    const message = { id: uuid, timestamp: time, user: sara.uuid, user_name: sara.first_name_fa, avatar: null };
    expect([status, chat]).toEqual([
      200,
      {
        private_group: { id: uuid, name, slug: name, members: expect.toSatisfy((found) => found.length === 2) },
        messages: [
          { ...message, content: 'hello', group: chat.private_group.id, file: null },
          { ...message, content: '', group: chat.private_group.id, file: text },
        ],
      },
    ]);
    expect(chat.private_group.members).toEqual(expect.arrayContaining(members));
  });
});

describe('ThanChat', () => {
  test('people sign in and out, open rooms, and post to rooms and to each other', async () => {
    const registering = (username: string) => ({
      email: `${username}@chatapp.com`,
      username,
      password: PASSWORD,
      first_name: 'Lion',
      last_name: 'Zoo',
      phone: '1234567',
      address: 'lion zoo street',
    });
    const arrive = async (username: string) => {
      const { password, ...shown } = registering(username);
      const made = await stranger.post('/userauth/users/', registering(username));
      expect(made).toEqual([201, { id: int, ...shown }]);
      const login = await stranger.post('/userauth/token/login', { username, password });
      expect(login).toEqual([200, { auth_token: key }]);
      return { id: made[1].id as number, ...client(`Token ${login[1].auth_token}`) };
    };
    const [lion, tiger] = [await arrive('lion'), await arrive('tiger')];
    const wish = { name: 'test chat room 1', capacity: 100, link: 'testLink@test.com' };
    const opened = await lion.post('/chatApp/chatRooms/', { ...wish, password: 'chatRoomPassword' });
    const room = { id: int, ...wish, creation_date: time };
    expect(opened).toEqual([201, { ...room, password: 'chatRoomPassword' }]);
    const { id } = opened[1];
    expect(await tiger.get(`/chatApp/chatRooms/${id}/`)).toEqual([200, { ...room, password: null }]);
    expect((await tiger.get('/chatApp/chatRooms/'))[1]).toContainEqual({ ...room, id, password: null });
    const post = (user_receiver: number | null, chat_room_receiver: number | null) =>
      lion.post('/chatApp/messages/', { message_text: 'Message to tiger #1', user_receiver, chat_room_receiver });
    const message = {
      id: int,
      message_text: 'Message to tiger #1',
      creation_date: time,
      sender: lion.id,
      user_receiver: null,
      chat_room_receiver: null,
    };
    const [toRoom, toTiger] = [
      { ...message, chat_room_receiver: id },
      { ...message, user_receiver: tiger.id },
    ];
    expect(await post(null, id)).toEqual([201, toRoom]);
    expect(await post(tiger.id, null)).toEqual([201, toTiger]);
    for (const [user, there] of [[tiger.id, id] as const, [null, null] as const])
      expect((await post(user, there))[0]).toBe(400);
    expect(await tiger.get(`/chatApp/messages/?chat_room_id=${id}/`)).toEqual([200, [toRoom]]);
    expect(await tiger.get('/chatApp/messages/')).toEqual([200, [toTiger]]);
    expect(await lion.post('/userauth/token/logout')).toEqual([204, undefined]);
    expect((await lion.get('/chatApp/chatRooms/'))[0]).toBe(401);
  });
});

describe('Silicornya', () => {
  test('a person registers, changes the account, asks at a desk and reads the answers', async () => {
    const wish = { username: 'sasaj5', email: 'sasaj5@gmail.com', password1: PASSWORD, password2: PASSWORD };
    const made = await stranger.post('/registration/', wish);
    expect(made).toEqual([201, { key }]);
    expect(await stranger.post('/registration/', wish)).toEqual([
      400,
      {
        username: ['A user with that username already exists.'],
        email: ['A user is already registered with this e-mail address.'],
      },
    ]);
    const names = { username: 'sasaj5', email: 'sasaj5@gmail.com' };
    expect(await stranger.post('/auth/login/', { ...names, password: PASSWORD })).toEqual([200, made[1]]);
    expect(await stranger.post('/auth/login/', { ...names, password: '' })).toEqual([
      400,
      { password: ['This field may not be blank.'] },
    ]);
    expect(await stranger.post('/auth/login/', { ...names, password: 'wrong' })).toEqual([
      400,
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ]);
    expect(await stranger.post('/auth/login/', { username: '', email: '', password: 'x' })).toEqual([
      400,
      { non_field_errors: ['Must include "username" and "password".'] },
    ]);
    expect((await stranger.get('/auth/user/'))[0]).toBe(401);
    const sasaj = client(`Token ${made[1].key}`);
    expect(await sasaj.patch('/auth/user/', { first_name: 'Salek', last_name: 'Ahmed' })).toMatchObject([200, names]);
    const account = { pk: int, ...names, first_name: 'Sal', last_name: 'Ahm' };
    expect(await sasaj.patch('/auth/user/', { ...account, pk: 4 })).toEqual([200, account]);
    expect(await sasaj.get('/auth/user/')).toEqual([200, account]);

    expect(await sasaj.get('/chats/getChats/')).toEqual([200, []]);
    const socket = await sasaj.listen('/connection/1/sasaj5/sasaj5@gmail.com/');
    socket.send({ message: 'Hello Server!' });
    const exchange = await hears(socket, { message: 'Hello Server!' });
    expect(exchange).toEqual({
      id: int,
      name: 'sasaj5',
      email: 'sasaj5@gmail.com',
      room: '1',
      message: 'Hello Server!',
      serverMessage:
        'sasaj5, you have sent this message: Hello Server!. Thanks for contact us. We will message you soon to your email: sasaj5@gmail.com',
      created_at: time,
    });
    socket.close();
    expect(await sasaj.get('/chats/getChats/')).toEqual([200, [exchange]]);
  });
});
