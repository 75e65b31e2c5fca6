// One rule for every API: how passwords are spelled, which texts are blank, which addresses and numbers are taken.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let place = { group: 0, room: 0, chat: '' };
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
  const post = async (path: string, json: object) =>
    (await program.call('POST', path, { token: ann.token, json })).json;
  const group = await post('/v1/groups', { name: 'Team', public: true });
  place = { group: group.number, room: (await post('/v1/rooms', { name: 'Lobby' })).number, chat: group.id };
});
afterAll(() => program.close());

const post = (path: string, json: object, token?: string) => program.call('POST', path, { json, token });

/** Registers an account that the name finds in every API. */
const registrations: Readonly<
  Record<string, (name: string, password: string) => readonly [path: string, body: object]>
> = {
  natively: (username, password) => ['/v1/users', { username, email: `${username}@x.io`, password }],
  'by Solari': (name, password) => [
    '/solari/api/register/',
    { full_name: name, email: `${name}@x.io`, phone_number: `+49 (0) 30 1234${name.length}67`, password },
  ],
  'by Django-Chat-Server': (username, password) => [
    '/django-chat/api/register/',
    { username, email: `${username}@x.io`, first_name: 'A', last_name: 'B', password },
  ],
  'by ThanChat': (username, password) => [
    '/thanchat/userauth/users/',
    { username, email: `${username}@x.io`, password },
  ],
  'by Silicornya': (username, password) => [
    '/silicornya/registration/',
    { username, email: `${username}@x.io`, password1: password, password2: password },
  ],
};

/** Signs in by the e-mail address. */
const signIns: Readonly<Record<string, (email: string, password: string) => readonly [path: string, body: object]>> = {
  natively: (login, password) => ['/v1/sessions', { login, password }],
  'in Solari': (email, password) => ['/solari/api/login/', { email, password }],
  'in Django-Chat-Server': (email, password) => ['/django-chat/api/token/', { email, password }],
  'in ThanChat': (username, password) => ['/thanchat/userauth/token/login', { username, password }],
  'in Silicornya': (email, password) => ['/silicornya/auth/login/', { email, password }],
};

const entersEverywhere = async (email: string, spellings: readonly string[]): Promise<void> => {
  for (const [where, form] of Object.entries(signIns))
    for (const password of spellings) {
      const { status, text } = await post(...form(email, password));
      expect([200, 201], `${where}: ${JSON.stringify(password)} ${text}`).toContain(status);
    }
};

describe('a password with spaces around, or copied with some, signs in everywhere', () => {
  test.each(Object.entries(registrations))('set %s', async (how, form) => {
    const name = how.replaceAll(/\W/g, '');
    expect((await post(...form(name, ' battery staple  '))).status).toBe(201);
    await entersEverywhere(`${name}@x.io`, ['battery staple', '\u00a0battery staple\n']);
  });

  test('set by a change, where the present one has spaces too', async () => {
    await post('/v1/users', { username: 'changes', email: 'changes@x.io', password: ' correct horse ' });
    const key = (await post('/thanchat/userauth/token/login', { username: 'changes', password: 'correct horse' })).json;
    const change = { current_password: '  correct horse', new_password: 'battery staple ' };
    expect((await post('/thanchat/userauth/users/set_password/', change, key.auth_token)).status).toBe(204);
    await entersEverywhere('changes@x.io', [' battery staple']);
    const basic = Buffer.from('changes: battery staple').toString('base64');
    const headers = { Authorization: `Basic ${basic}` };
    expect((await program.call('GET', '/thanchat/userauth/users/me/', { headers })).status).toBe(200);
  });
});

describe('what nobody sees is blank', () => {
  const blanks = ['\u200d\ufeff', '\u3164\u2800', '\u{e0020}\u{e007f}'];
  const said: Readonly<Record<string, (text: string) => readonly [path: string, body: object]>> = {
    natively: (text) => [`/v1/conversations/${place.chat}/messages`, { text }],
    'in Solari': (content) => [`/solari/api/solarigroup/${place.group}/messages/`, { content }],
    'in Django-Chat-Server': (message) => [
      `/django-chat/api/messages/${place.group}/send/`,
      { message, receiver_group: place.group },
    ],
    'in ThanChat': (message_text) => [
      '/thanchat/chatApp/messages/',
      { message_text, chat_room_receiver: place.room, user_receiver: null },
    ],
    'as the name of a group': (name) => ['/v1/groups', { name }],
    'as the name of a room': (name) => ['/v1/rooms', { name }],
    'as the name of a group of Django-Chat-Server': (name) => ['/django-chat/api/groups/create/', { name }],
    'as the name of a group of nargil': (group_name) => [
      '/nargil/cht/api/groups/create/',
      { group_name, type: 'public' },
    ],
    'as the name of a room of ThanChat': (name) => [
      '/thanchat/chatApp/chatRooms/',
      { name, capacity: 12, link: 'https://x.io' },
    ],
    'as the name of a person of Solari': (full_name) => [
      '/solari/api/register/',
      { full_name, email: 'blank@x.io', phone_number: '0301234567', password: 'battery staple' },
    ],
    'as a name of a person': (firstName) => ['/v1/users', { username: 'blank', firstName, password: 'battery staple' }],
  };
  test.each(Object.entries(said))('%s', async (_, form) => {
    for (const blank of blanks) {
      const [path, body] = form(blank);
      const { status, text } = await post(path, body, ann.token);
      expect([400, 422], `${JSON.stringify(blank)}: ${text}`).toContain(status);
    }
  });
});

describe('a message that is refused starts no chat', () => {
  const tooLong = 'x'.repeat(8001);
  const chatsOf = async ({ token }: Person) => (await program.call('GET', '/v1/conversations', { token })).json.items;

  test.each([
    ['in Django-Chat-Server', '/django-chat/api/messages/1/send/', 'receiver_user', 'message', tooLong],
    ['in Django-Chat-Server, without a word', '/django-chat/api/messages/1/send/', 'receiver_user', 'message', ' '],
    ['in ThanChat', '/thanchat/chatApp/messages/', 'user_receiver', 'message_text', ''],
  ])('%s', async (how, path, receiver, field, text) => {
    const [bea, carl] = [await program.person(`bea${how.length}`), await program.person(`carl${how.length}`)];
    const { status, json } = await post(path, { [receiver]: carl.number, [field]: text }, bea.token);
    expect([status, Object.keys(json)]).toEqual([400, [field]]);
    await program.settled();
    expect([await chatsOf(bea), await chatsOf(carl)]).toEqual([[], []]);
  });

  test('at a socket of nargil, and takes no name', async () => {
    const [dee, eli] = [await program.person('dee'), await program.person('eli')];
    const path = '/nargil/cht/ws/private_chat/our_name/';
    const socket = await connect({ port: Number(new URL(program.url).port) }, { path, token: dee.token });
    socket.send({ message: tooLong, recipient: eli.id });
    expect((await socket.closed).code).toBe(1011);
    await program.settled();
    expect([await chatsOf(dee), await chatsOf(eli)]).toEqual([[], []]);
    const other = await program.call('GET', '/nargil/cht/api/private-chat/our_name/', { token: ann.token });
    expect(other.status).toBe(404);
  });
});

describe('an address that Django takes is taken, once', () => {
  test.each(Object.entries(registrations))('%s', async (how, form) => {
    const local = `a!b&c/${how.replaceAll(/\W/g, '')}`;
    const [path, body] = form('idn', 'battery staple');
    const register = (email: string, username: string) =>
      post(path, { ...body, email, ...('username' in body && { username }) });
    expect((await register(`${local}@b\u00fccher.example`, `idn-${how.length}`)).status).toBe(201);
    const { status } = await register(`${local}@XN--BCHER-KVA.example`, `other-${how.length}`);
    expect([400, 409]).toContain(status);
  });
});

describe('what is too long is refused for its length alone, before anything is compared with it', () => {
  const NO_MORE_THAN = /^Ensure this field has no more than \d+ characters\.$/;
  test.each(Object.entries(registrations).slice(1))('%s', async (_, form) => {
    const [path, body] = form('long', 'battery staple');
    const longPassword = Object.fromEntries(
      Object.keys(body).map((field) => [field, field.startsWith('password') ? 'a'.repeat(1025) : body[field as never]]),
    );
    for (const long of [{ ...body, email: `${'a'.repeat(300)}@x.io` }, longPassword]) {
      const { status, json } = await post(path, long);
      const { message: _message, ...errors } = json;
      expect([status, Object.keys(errors)]).toEqual([
        400,
        Object.keys(long).filter((field) => long[field as never] !== body[field as never]),
      ]);
      for (const texts of Object.values(errors)) expect(texts).toEqual([expect.stringMatching(NO_MORE_THAN)]);
    }
  });
});

test.each([
  ['/solari/api/register/', 'full_name', { email: 'x' }],
  ['/django-chat/api/register/', 'first_name', { email: 'x' }],
  ['/django-chat/api/register/', 'last_name', { email: 'x' }],
  ['/django-chat/api/groups/create/', 'name', { members: 'x' }],
  ['/thanchat/userauth/users/', 'first_name', { email: 'x' }],
  ['/thanchat/userauth/users/', 'last_name', { email: 'x' }],
  ['/thanchat/chatApp/chatRooms/', 'name', { capacity: 'x' }],
] as const)('%s names a %s of two lines beside the other fields that are wrong', async (path, name, other) => {
  const { status, json } = await post(path, { [name]: 'a\nb', ...other }, ann.token);
  expect(status).toBe(400);
  expect(json[name]).toEqual(['Enter one line, without control characters.']);
  expect(json).toHaveProperty(Object.keys(other)[0]!);
});

test('a change in Silicornya names a name of two lines beside the other fields that are wrong', async () => {
  const json = { username: 'a b', first_name: 'a\nb', last_name: 'a\u2028b' };
  const reply = await program.call('PUT', '/silicornya/auth/user/', { json, token: ann.token });
  expect(reply.json).toEqual({
    username: [expect.stringContaining('valid username')],
    first_name: ['Enter one line, without control characters.'],
    last_name: ['Enter one line, without control characters.'],
  });
});
