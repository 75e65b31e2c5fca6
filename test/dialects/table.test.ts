// One system, five tongues: whatever is made or said through one API is there in every other.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deskId } from '../../src/commands/makeEnquiry.ts';
import { dialects } from '../../src/dialects/index.ts';
import { eventually } from '../support/eventually.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type Client, connect, listening } from '../support/sockets.ts';
import {
  DESK,
  DESK_SECRET,
  hears,
  type Kind,
  outsideToken,
  PASSWORD,
  type Place,
  SIGN_ON_SECRET,
  type Somebody,
  type Tongue,
  tongues,
} from './tongues.ts';

let program: Program;
let ada: Somebody;
let bob: Somebody;
let staff: Somebody;
let cy: Somebody;
let dee: Somebody;
/** In none of the places. */
let eve: Somebody;
let places: Readonly<Record<Kind, Place>>;

const call = async (method: string, path: string, token?: string, json?: unknown) => {
  const reply = await program.call(method, path, { token, json });
  expect(reply.status, `${method} ${path}: ${reply.text}`).toBeLessThan(300);
  return reply.json;
};

const somebody = async (username: string): Promise<Somebody> => {
  const email = `${username}@x.io`;
  const { id, number } = await call('POST', '/v1/users', undefined, { username, email, password: PASSWORD });
  const { accessToken } = await call('POST', '/v1/sessions', undefined, { login: username, password: PASSWORD });
  await program.verify(id, email);
  return { id, number, username, email, token: accessToken };
};

const placeAt = async (kind: Kind, id: string, people: Place['people']): Promise<Place> =>
  eventually(async () => {
    const { number } = await call('GET', `/v1/conversations/${id}`, people[0].token);
    return { kind, id, number, people };
  });

const deskOf = async (visitor: Somebody, other: Somebody): Promise<Place> => {
  const silicornya = tongues.at(-1)!;
  await silicornya.say(program, { kind: 'desk', id: '', number: 0, people: [visitor, other] }, visitor, 'Good day');
  return placeAt('desk', deskId(program.services.core, { ...DESK, email: visitor.email }, { secret: DESK_SECRET }), [
    visitor,
    other,
  ]);
};

beforeAll(async () => {
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: SIGN_ON_SECRET } });
  [ada, bob, staff, cy, dee] = await Promise.all([
    somebody('ada'),
    somebody('bob'),
    somebody('sam'),
    somebody('cy'),
    somebody('dee'),
  ]);
  eve = await somebody('eve');
  await program.grant(staff.id, 'staff');
  const people = [ada, bob] as const;
  const made = async (kind: Kind, path: string, json: object): Promise<Place> =>
    placeAt(kind, (await call('POST', path, ada.token, json)).id, people);
  places = {
    group: await made('group', '/v1/groups', { name: 'Engines', memberIds: [bob.id] }),
    direct: await made('direct', '/v1/chats', { userId: bob.id }),
    room: await made('room', '/v1/rooms', { name: 'Lobby' }),
    desk: await deskOf(ada, bob),
  };
});
afterAll(() => program.close());

test('the table has every dialect there is', () => {
  expect(tongues.map(({ name }) => name)).toEqual(dialects.map(({ name }) => name));
});

/** At a desk both are the account of the visitor's address: nobody else is there. */
const readerAt = ({ kind }: Place): Somebody => (kind === 'desk' ? ada : bob);
const whoKnow = ({ kind }: Place): readonly Tongue[] => tongues.filter(({ kinds }) => kinds.includes(kind));

describe('what is said', () => {
  test.each(tongues)('through $name is read and heard through every API', async (from) => {
    const port = Number(new URL(program.url).port);
    for (const place of from.kinds.map((kind) => places[kind])) {
      const text = `${from.name}, ${place.kind}`;
      const reader = readerAt(place);
      const others = whoKnow(place);
      const live = await Promise.all(others.map(({ hear }) => hear?.(program, place, reader)));
      const native: Client = await listening({ port }, reader.token, { conversationIds: [place.id] });
      await from.say(program, place, ada, text);
      await eventually(() => expect(native.frames.map(({ message }) => message?.text)).toContain(text));
      for (const client of live) if (client) await hears(client, { message: text });
      // The push may be ahead of the views.
      await program.settled();
      const { items } = await call('GET', `/v1/conversations/${place.id}/messages`, reader.token);
      expect(items.map((message: { text: string }) => message.text)).toContain(text);
      for (const to of others) expect(await to.read(program, place, reader), to.name).toContain(text);
      for (const client of [native, ...live]) client?.close();
    }
  });

  test('natively is read and heard through every API', async () => {
    for (const place of Object.values(places)) {
      const text = `native, ${place.kind}`;
      const reader = readerAt(place);
      const others = whoKnow(place);
      const live = await Promise.all(others.map(({ hear }) => hear?.(program, place, reader)));
      await call('POST', `/v1/conversations/${place.id}/messages`, ada.token, { text });
      for (const to of others) expect(await to.read(program, place, reader), to.name).toContain(text);
      for (const client of live) if (client) await hears(client, { message: text });
      for (const client of live) client?.close();
    }
  });

  test.each(tongues.filter(({ kinds }) => kinds.length > 1))(
    'by staff at a desk through $name is an answer to the visitor',
    async (from) => {
      const visitor = await tongues.at(-1)!.hear!(program, places.desk, ada);
      const text = `Answered through ${from.name}`;
      await from.say(program, places.desk, staff, text);
      const exchange = await hears(visitor, { serverMessage: text });
      expect(exchange).toMatchObject({ message: '', room: DESK.room, name: DESK.name, email: ada.email });
      await eventually(async () =>
        expect(await call('GET', '/silicornya/chats/getChats/', ada.token)).toContainEqual(exchange),
      );
      visitor.close();
    },
  );

  test.each(tongues)('is not there through $name for who may not read it', async (to) => {
    const closed = to.kinds.filter((kind) => kind !== 'room').map((kind) => places[kind]);
    for (const place of closed) {
      const texts = await to.read(program, place, eve).catch(() => []);
      expect(texts).toEqual([]);
    }
  });
});

describe('an account', () => {
  test.each(tongues)('made through $name signs in through every API, and with each token in all', async (from) => {
    const made = await from.register(program, `${from.name}In`);
    const tokens = 'outsideToken' in made ? [made.outsideToken] : [];
    for (const name of 'names' in made ? made.names : [])
      for (const { signIn } of tongues) if (signIn) tokens.push(await signIn(program, name));
    const ids = new Set();
    for (const token of tokens) ids.add((await call('GET', '/v1/me', token)).id);
    expect(ids.size).toBe(1);
    // Tokens of one API are alike, whichever name was given.
    for (const token of tokens.slice(0, tongues.length)) for (const { own } of tongues) await call('GET', own, token);
  });

  test('of the outside sign-on may take a name and a password, and then signs in by them everywhere', async () => {
    const uuid = crypto.randomUUID();
    const token = await outsideToken({ uuid, first_name_fa: 'firstname', last_name_fa: 'lastname' });
    const { id, number } = await call('GET', '/v1/me', token);
    expect(id).toBe(uuid);
    const json = { username: 'outsider', email: 'outsider@x.io', password: PASSWORD };
    await call('PATCH', `/django-chat/api/${number}/update/`, token, json);
    for (const { signIn } of tongues)
      if (signIn) expect(await call('GET', '/v1/me', await signIn(program, 'outsider'))).toMatchObject({ id });
  });

  test('of the outside sign-on without a name sets no password that ends its token and signs in nowhere', async () => {
    const token = await outsideToken({ uuid: crypto.randomUUID(), first_name_fa: 'Sara', last_name_fa: 'Rad' });
    const path = `/django-chat/api/${(await program.call('GET', '/v1/me', { token })).json.number}`;
    const shown = (await program.call('GET', path, { token })).json;
    const put = (more: object) =>
      program.call('PUT', `${path}/update/`, { token, json: { ...shown, password: PASSWORD, ...more } });
    const blank = ['This field may not be blank.'];
    expect(await put({})).toMatchObject({ status: 400, json: { username: blank, email: blank } });
    expect((await program.call('GET', '/v1/me', { token })).status).toBe(200);
    expect(await put({ username: 'sara' })).toMatchObject({ status: 200, json: { username: 'sara' } });
  });

  test('of the outside sign-on hears everything on the native socket, by its token or by a ticket', async () => {
    const token = await outsideToken({ uuid: crypto.randomUUID(), first_name_fa: 'a', last_name_fa: 'b' });
    const { ticket } = await call('POST', '/v1/sessions/current/ticket', token);
    const port = Number(new URL(program.url).port);
    const [one, other] = [
      await connect({ port }, { token }),
      await connect({ port }, { path: `/v1/socket?ticket=${ticket}` }),
    ];
    expect((await one.next('ready')).userId).toBe((await other.next('ready')).userId);
    one.close();
    other.close();
  });

  test('of the outside sign-on sets a password, which ends its tokens so far and their sockets', async () => {
    const token = await outsideToken({ uuid: crypto.randomUUID(), first_name_fa: 'a', last_name_fa: 'b' });
    const { number } = await call('GET', '/v1/me', token);
    const socket = await listening({ port: Number(new URL(program.url).port) }, token);
    const json = { username: 'leaves', email: 'leaves@x.io', password: PASSWORD };
    await call('PATCH', `/django-chat/api/${number}/update/`, token, json);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect((await program.call('GET', '/v1/me', { token })).status).toBe(401);
    const { accessToken } = await call('POST', '/v1/sessions', undefined, { login: 'leaves', password: PASSWORD });
    expect(await call('GET', '/v1/me', accessToken)).toMatchObject({ number });
  });

  test.each(tongues)('is nobody through $name with a token signed by somebody else', async ({ own }) => {
    const good = await outsideToken({ uuid: crypto.randomUUID(), first_name_fa: 'a', last_name_fa: 'b' });
    const forged = `${good.slice(0, -6)}AAAAAA`;
    expect((await program.call('GET', own, { token: forged })).status).toBe(401);
  });
});

const setPassword: readonly [string, (person: Somebody, password: string) => Promise<unknown>][] = [
  ['natively', ({ token }, password) => call('PUT', '/v1/me/password', token, { current: PASSWORD, password })],
  [
    'Django-Chat',
    ({ token, number }, password) => call('PATCH', `/django-chat/api/${number}/update/`, token, { password }),
  ],
  [
    'ThanChat',
    ({ token }, password) =>
      call('POST', '/thanchat/userauth/users/set_password/', token, {
        current_password: PASSWORD,
        new_password: password,
      }),
  ],
];

test.each(setPassword)(
  'a password set in a session (%s) ends every other sign-in, and not that session',
  async (how, set) => {
    const person = await somebody(`sets-${how.toLowerCase()}`);
    const login = { login: person.username, password: PASSWORD };
    const other = (await call('POST', '/v1/sessions', undefined, login)).accessToken;
    const { key } = await call('POST', '/v1/sessions', undefined, { ...login, kind: 'key' });
    const port = { port: Number(new URL(program.url).port) };
    const [own, ...others] = await Promise.all([person.token, other, key].map((token) => listening(port, token)));
    await set(person, 'battery staple 42');
    for (const ended of others) expect(await ended.closed).toMatchObject({ code: 4401 });
    const { id } = await call('POST', '/v1/groups', person.token, { name: 'after' });
    own!.send({ type: 'send', key: 'k', conversationId: id, text: 'still here' });
    await own!.next('accepted');
    await own!.next('message', { conversationId: id });
    own!.close();
  },
);

describe('what is made', () => {
  /** Through the API of that name, by ada, with bob in it where others can be. */
  const make: Readonly<Record<string, () => Promise<Place>>> = {
    solari: async () => {
      const { id } = await call('GET', `/solari/api/chats/start/?user=${cy.number}`, ada.token);
      return placeAt('direct', id, [ada, cy]);
    },
    'django-chat': async () => {
      const json = { name: 'Made by Django-Chat', members: [bob.number] };
      const { id: number } = await call('POST', '/django-chat/api/groups/create/', ada.token, json);
      const found = await program.services.queries.conversationNumbered(number);
      return placeAt('group', found!.id, [ada, bob]);
    },
    nargil: async () => {
      const json = { group_name: 'Made by nargil', slug: 'made-here', type: 'private' };
      const { id, slug } = await call('POST', '/nargil/cht/api/groups/create/', ada.token, json);
      await call('POST', `/nargil/cht/api/group_chat/${slug}/`, ada.token, { add_member: true, uuid: bob.id });
      return placeAt('group', id, [ada, bob]);
    },
    thanchat: async () => {
      const json = { name: 'Made by ThanChat', capacity: 2, link: 'x' };
      const { id: number } = await call('POST', '/thanchat/chatApp/chatRooms/', ada.token, json);
      const found = await program.services.queries.conversationNumbered(number);
      return placeAt('room', found!.id, [ada, bob]);
    },
    silicornya: () => deskOf(dee, dee),
  };

  const idsIn = (list: readonly { readonly id?: unknown; readonly chat_id?: unknown }[]): readonly unknown[] =>
    list.map(({ id, chat_id }) => chat_id ?? id);

  /** Lists in which it stands; where an API has none for its kind, what is said there is read there. */
  const lists: Readonly<Record<string, Partial<Record<Kind, string>>>> = {
    solari: { group: '/solari/api/my-groups/', direct: '/solari/api/chats/', desk: '/solari/api/chats/' },
    nargil: {
      group: '/nargil/cht/api/groups/',
      direct: '/nargil/cht/api/groups/?type=PrivateGroup',
      desk: '/nargil/cht/api/groups/',
    },
    thanchat: {
      group: '/thanchat/chatApp/chatRooms/',
      room: '/thanchat/chatApp/chatRooms/',
      desk: '/thanchat/chatApp/chatRooms/',
    },
  };

  test.each(tongues)('through $name is seen by who is in it, through every other', async ({ name }) => {
    const place = await make[name]!();
    const [maker, member] = place.people;
    const text = `for all of ${name}`;
    await call('POST', `/v1/conversations/${place.id}/messages`, maker.token, { text });
    for (const to of whoKnow(place)) {
      const list = lists[to.name]?.[place.kind];
      if (list) {
        const found = idsIn(await call('GET', list, member.token));
        expect(found, to.name).toContain(typeof found[0] === 'number' ? place.number : place.id);
      }
      expect(await to.read(program, place, member), to.name).toContain(text);
    }
  });
});
