// Each foreign API as its clients use it: registering, signing in, saying something, reading and hearing it.

import { SignJWT } from 'jose';
import { expect } from 'vitest';
import type { Call, Program } from '../support/program.ts';
import { type Client, connect, type Frame } from '../support/sockets.ts';

export const SIGN_ON_SECRET = 'a secret of the sign-on and of this server';
export const PASSWORD = 'quite a long secret';

export type Kind = 'group' | 'direct' | 'room' | 'desk';

export interface Somebody {
  readonly id: string;
  readonly number: number;
  readonly username: string;
  readonly email: string;
  readonly token: string;
}

/** Where something is said. A direct chat is that of the first of `people` with the second. */
export interface Place {
  readonly kind: Kind;
  readonly id: string;
  readonly number: number;
  readonly people: readonly [Somebody, Somebody];
}

/** An account as whoever made it knows it: by names and a password, or by a token of the sign-on. */
export type Made = { readonly names: readonly string[] } | { readonly outsideToken: string };

export interface Tongue {
  readonly name: string;
  readonly kinds: readonly Kind[];
  register(program: Program, name: string): Promise<Made>;
  /** A token, got by a name and a password. Absent: tokens come from elsewhere. */
  signIn?(program: Program, name: string): Promise<string>;
  /** A route that wants to know who asks. */
  readonly own: string;
  say(program: Program, place: Place, speaker: Somebody, text: string): Promise<void>;
  /** All texts there. */
  read(program: Program, place: Place, reader: Somebody): Promise<readonly string[]>;
  hear?(program: Program, place: Place, reader: Somebody): Promise<Client>;
}

const ok = async (program: Program, method: string, path: string, given: Call = {}) => {
  const reply = await program.call(method, path, given);
  expect(reply, `${method} ${path}: ${reply.text}`).toMatchObject({ status: expect.toSatisfy((s) => s < 300) });
  return reply.json;
};

const socket = (
  program: Program,
  path: string,
  token?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Client> =>
  connect({ port: Number(new URL(program.url).port) }, { path, headers, ...(token === undefined ? {} : { token }) });

const emailOf = (name: string): string => `${name}@x.io`;
const otherThan = ({ people }: Place, one: Somebody): Somebody => people.find(({ id }) => id !== one.id)!;
/** The frames of these sockets have no type. */
export const hears = (client: Client, fields: Readonly<Record<string, unknown>>): Promise<Frame> =>
  client.next(undefined as unknown as string, fields);

const solari: Tongue = {
  name: 'solari',
  kinds: ['group', 'direct', 'room', 'desk'],
  register: async (program, name) => {
    const phone_number = String(Math.floor(1e9 + Math.random() * 8e9));
    const json = { full_name: `${name} Lovelace`, email: emailOf(name), phone_number, password: PASSWORD };
    await ok(program, 'POST', '/solari/api/register/', { json });
    return { names: [emailOf(name)] };
  },
  signIn: async (program, email) =>
    (await ok(program, 'POST', '/solari/api/login/', { json: { email, password: PASSWORD } })).token,
  own: '/solari/api/my-groups/',
  say: async (program, place, { token }, content) => {
    await ok(program, 'POST', solariMessages(place), { token, json: { content } });
  },
  read: async (program, place, { token }) =>
    (await ok(program, 'GET', solariMessages(place), { token })).map((message: Frame) => message.content),
};
const solariMessages = ({ kind, id, number }: Place): string =>
  kind === 'direct' ? `/solari/api/chats/messages/?chat=${id}` : `/solari/api/solarigroup/${number}/messages/`;

const djangoChat: Tongue = {
  name: 'django-chat',
  kinds: ['group', 'direct', 'room', 'desk'],
  register: async (program, name) => {
    const json = { username: name, email: emailOf(name), password: PASSWORD, first_name: name, last_name: 'L' };
    await ok(program, 'POST', '/django-chat/api/register/', { json });
    return { names: [name, emailOf(name)] };
  },
  signIn: async (program, email) =>
    (await ok(program, 'POST', '/django-chat/api/login/', { json: { email, password: PASSWORD } })).access,
  own: '/django-chat/api/users/protected/',
  say: async (program, place, speaker, message) => {
    const isDirect = place.kind === 'direct';
    const number = isDirect ? otherThan(place, speaker).number : place.number;
    const json = { [isDirect ? 'receiver_user' : 'receiver_group']: number, message };
    await ok(program, 'POST', `/django-chat/api/messages/${number}/send/`, { token: speaker.token, json });
  },
  read: async (program, { kind, number }, reader) => {
    const path = `/django-chat/api/messages/${kind === 'direct' ? reader.number : number}/`;
    return (await ok(program, 'GET', path, { token: reader.token })).map((one: Frame) => one.message);
  },
};

const privateName = ({ people }: Place): string =>
  `private_chat_${people
    .map(({ username }) => username)
    .toSorted()
    .join('_')}`;
const nargilSocket = (place: Place): string =>
  place.kind === 'direct' ? `/nargil/cht/ws/private_chat/${privateName(place)}/` : `/nargil/cht/ws/chat/${place.id}/`;

/** `claims`: instead of those of a token that is issued now for an hour. */
export const outsideToken = (claims: Readonly<Record<string, unknown>>): Promise<string> => {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat: now, exp: now + 3600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SIGN_ON_SECRET));
};

const nargil: Tongue = {
  name: 'nargil',
  kinds: ['group', 'direct', 'room', 'desk'],
  register: async (program, name) => {
    const token = await outsideToken({ uuid: crypto.randomUUID(), first_name_fa: name, last_name_fa: 'ل' });
    const headers = { Authorization: token };
    expect((await program.call('GET', '/nargil/cht/save-user-data/', { headers })).json.message).toContain('created');
    return { outsideToken: token };
  },
  own: '/nargil/cht/api/user/profile/',
  say: async (program, place, speaker, message) => {
    const client = await socket(program, nargilSocket(place), speaker.token);
    client.send(place.kind === 'direct' ? { message, recipient: otherThan(place, speaker).id } : { message });
    await hears(client, { message });
    client.close();
  },
  read: async (program, place, { token }) => {
    const path = place.kind === 'direct' ? `private-chat/${privateName(place)}/` : `groups/${place.id}/chat/`;
    return (await ok(program, 'GET', `/nargil/cht/api/${path}`, { token })).messages.map((one: Frame) => one.content);
  },
  hear: (program, place, { token }) => socket(program, nargilSocket(place), token),
};

const thanChat: Tongue = {
  name: 'thanchat',
  kinds: ['group', 'direct', 'room', 'desk'],
  register: async (program, name) => {
    const json = { username: name, email: emailOf(name), password: PASSWORD, first_name: name, last_name: 'L' };
    await ok(program, 'POST', '/thanchat/userauth/users/', { json: { ...json, phone: '1', address: 'zoo' } });
    return { names: [name, emailOf(name)] };
  },
  signIn: async (program, username) =>
    (await ok(program, 'POST', '/thanchat/userauth/token/login', { json: { username, password: PASSWORD } }))
      .auth_token,
  own: '/thanchat/userauth/users/me/',
  say: async (program, place, speaker, message_text) => {
    const receiver =
      place.kind === 'direct'
        ? { user_receiver: otherThan(place, speaker).number }
        : { chat_room_receiver: place.number };
    const json = { message_text, ...receiver };
    await ok(program, 'POST', '/thanchat/chatApp/messages/', { token: speaker.token, json });
  },
  read: async (program, { kind, number }, { token }) => {
    const query = kind === 'direct' ? '' : `?chat_room_id=${number}`;
    return (await ok(program, 'GET', `/thanchat/chatApp/messages/${query}`, { token })).map(
      (one: Frame) => one.message_text,
    );
  },
};

/** The room and the name of every desk here; the e-mail address is that of the first of its people. */
export const DESK = { room: 'table', name: 'Visitor' } as const;
/** What every socket of their visitors sends. */
export const DESK_SECRET = 's'.repeat(43);
const visit = (program: Program, { people: [{ email }] }: Place): Promise<Client> =>
  socket(program, `/silicornya/connection/${DESK.room}/${DESK.name}/${encodeURIComponent(email)}/`, undefined, {
    Cookie: `desk=${DESK_SECRET}`,
  });

const silicornya: Tongue = {
  name: 'silicornya',
  kinds: ['desk'],
  register: async (program, name) => {
    const json = { username: name, email: emailOf(name), password1: PASSWORD, password2: PASSWORD };
    await ok(program, 'POST', '/silicornya/registration/', { json });
    return { names: [name, emailOf(name)] };
  },
  signIn: async (program, username) =>
    (await ok(program, 'POST', '/silicornya/auth/login/', { json: { username, password: PASSWORD } })).key,
  own: '/silicornya/auth/user/',
  say: async (program, place, _speaker, message) => {
    const client = await visit(program, place);
    client.ws.send(message);
    await hears(client, { message });
    client.close();
  },
  read: async (program, _place, { token }) =>
    (await ok(program, 'GET', '/silicornya/chats/getChats/', { token })).map((one: Frame) => one.message),
  hear: visit,
};

export const tongues: readonly Tongue[] = [solari, djangoChat, nargil, thanChat, silicornya];
