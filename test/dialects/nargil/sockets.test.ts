// The sockets of groups and private chats, frame by frame, on the whole program.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aMinutePasses } from '../../support/aMinutePasses.ts';
import { eventually } from '../../support/eventually.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';
import { type Client, connect, HandshakeRefused, listening } from '../../support/sockets.ts';
import { OMID_ID, omid, SECRET, sara, tokenOf } from './outside.ts';

const DEFAULT_PICTURE = '/static/profiles/default.png';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+03:30$/);

let program: Program;
let port: number;
let ann: Person;
let ben: Person;
let [saraToken, omidToken] = ['', ''];
beforeAll(async () => {
  program = await startProgram({
    settings: { NARGIL_JWT_SECRET: SECRET, MAX_UPLOAD: '1000', CORS_ORIGINS: 'https://app.example' },
  });
  port = Number(new URL(program.url).port);
  [saraToken, omidToken] = await Promise.all([tokenOf(sara), tokenOf(omid)]);
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  for (const Authorization of [saraToken, omidToken])
    await program.call('GET', '/cht/save-user-data/', { headers: { Authorization } });
});
afterAll(() => program.close());

let group = { id: '', slug: '' };
let count = 0;
const newGroup = async (type = 'public') => {
  const slug = `group_${++count}`;
  const json = { group_name: `Group ${count}`, slug, type };
  const { id } = (
    await program.call('POST', '/cht/api/groups/create/', { headers: { Authorization: saraToken }, json })
  ).json;
  return { id, slug };
};
beforeEach(async () => {
  group = await newGroup();
});

const open = (path: string, token?: string, headers: Record<string, string> = {}): Promise<Client> =>
  connect({ port }, { path, headers: { ...(token === undefined ? {} : { Authorization: token }), ...headers } });
const openGroup = (token: string, prefix = '') => open(`${prefix}/cht/ws/chat/${group.slug}/`, token);
const openPrivate = (name: string, token: string) => open(`/cht/ws/private_chat/${name}/`, token);
const heard = async (client: Client, frames: number): Promise<Client['frames']> => {
  await eventually(() => expect(client.frames.length).toBeGreaterThanOrEqual(frames));
  return client.frames;
};
const refusal = async (opening: Promise<Client>): Promise<number> => {
  const error: unknown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof HandshakeRefused ? error.status : 0;
};
const messagesIn = async (token: string, slug = group.slug) => {
  await program.settled();
  return (await program.call('GET', `/cht/api/groups/${slug}/chat/`, { headers: { Authorization: token } })).json
    .messages;
};
const privateChat = async (name: string, token: string) =>
  program.call('GET', `/cht/api/private-chat/${name}/`, { headers: { Authorization: token } });
const say = (conversationId: string, token: string, json: object) =>
  program.call('POST', `/v1/conversations/${conversationId}/messages`, { token, json });

describe('the socket of a group', () => {
  const hello = {
    message: 'hello',
    user: 'سارا راد',
    user_name: 'سارا راد',
    avatar_url: DEFAULT_PICTURE,
    timestamp: TIME,
    file: '',
    filename: '',
  };

  test('tells everybody what is said, the sender too, at the root and behind the prefix', async () => {
    const [one, two] = [await openGroup(saraToken), await openGroup(omidToken, '/nargil')];
    one.send({ message: 'hello', avatar_url: '/media/avatars/x.jpg', timestamp: '2024-11-03 08:04:40' });
    two.send({ message: 'salam' });
    await Promise.all([one, two].map((client) => heard(client, 2)));
    expect(one.frames).toEqual(two.frames);
    expect(one.frames).toContainEqual(hello);
    expect(one.frames).toContainEqual({
      ...hello,
      message: 'salam',
      user: 'firstname lastname',
      user_name: 'firstname lastname',
      avatar_url: omid.usr_avatar,
    });
  });

  test('goes by its slug in any case: it is one room', async () => {
    const [one, two] = [await openGroup(saraToken), await open(`/cht/ws/chat/${group.slug.toUpperCase()}`, saraToken)];
    one.send({ message: 'hello' });
    expect(await heard(two, 1)).toEqual([hello]);
  });

  test('keeps a file, which whoever knows its address may open for a while', async () => {
    const client = await openGroup(saraToken);
    client.send({ file: `data:image/png;base64,${Buffer.from('PNG!').toString('base64')}`, filename: 'my cat.png' });
    const [{ file, filename, message, user_name }] = await heard(client, 1);
    expect([message, user_name]).toEqual(['', 'سارا راد']);
    expect(filename).toBe('my cat.png');
    expect(file).toMatch(/^\/cht\/media\/static\/files\/[\w-]{64}\.png$/);
    const served = await program.call('GET', file);
    expect([served.status, served.headers.get('content-type'), served.text]).toEqual([200, 'image/png', 'PNG!']);
    expect((await program.call('GET', file.replace('files/A', 'files/B'))).status).toBe(404);
    const [listed] = await messagesIn(saraToken);
    expect(listed.content).toBe('');
    // Made for this reader alone.
    expect(listed.file).not.toBe(file);
    expect((await program.call('GET', listed.file)).text).toBe('PNG!');
  });

  test('behind the prefix tells addresses behind the prefix', async () => {
    const client = await openGroup(saraToken, '/nargil');
    client.send({ file: 'AAAA', filename: 'a.png' });
    const [{ file }] = await heard(client, 1);
    expect(file).toMatch(/^\/nargil\/cht\/media\/static\/files\//);
    expect((await program.call('GET', file)).status).toBe(200);
  });

  test('tells addresses at its own path, whoever listens at the other one', async () => {
    const prefixes = ['', '/nargil'];
    const clients = await Promise.all(prefixes.map((prefix) => openGroup(saraToken, prefix)));
    clients[0]!.send({ file: 'AAAA', filename: 'a.png' });
    const files = await Promise.all(clients.map(async (client) => (await heard(client, 1))[0].file as string));
    expect(files.map((file) => file.slice(0, file.indexOf('/cht/')))).toEqual(prefixes);
  });

  test('delivers a text with its file', async () => {
    const client = await openGroup(saraToken);
    client.send({ message: 'see', file: 'AAAA', filename: 'a.png' });
    expect((await heard(client, 1))[0]).toMatchObject({ message: 'see', filename: 'a.png' });
  });

  test('tells what is said through another API, and the other way round', async () => {
    const [here, there] = [
      await openGroup(saraToken),
      await listening({ port }, ann.token, { conversationIds: [group.id] }),
    ];
    await program.call('POST', `/v1/conversations/${group.id}/join`, { token: ann.token });
    await say(group.id, ann.token, { text: 'from elsewhere' });
    expect((await heard(here, 1))[0]).toMatchObject({ message: 'from elsewhere', user: 'ann', user_name: 'ann' });
    here.send({ message: 'from here' });
    expect((await there.next('message', {})).message.text).toBe('from elsewhere');
    expect((await there.next('message', {})).message.text).toBe('from here');
  });

  test('who writes in a public group joins it', async () => {
    const client = await openGroup(omidToken);
    client.send({ message: 'here I am' });
    await heard(client, 1);
    const { json } = await program.call('GET', '/cht/api/groups/', { headers: { Authorization: omidToken } });
    expect(json.map(({ id }: { id: string }) => id)).toContain(group.id);
  });

  test('who may not write in a public group does not join it by trying', async () => {
    const { id } = (
      await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'news', public: true } })
    ).json;
    const policy = { write: 'moderators' };
    expect(
      (await program.call('PATCH', `/v1/conversations/${id}/policy`, { token: ann.token, json: policy })).status,
    ).toBe(200);
    const client = await open(`/cht/ws/chat/${id}/`, ben.token);
    client.send({ message: 'me too' });
    expect((await client.closed).code).toBe(1011);
    await program.settled();
    const { items } = (await program.call('GET', `/v1/conversations/${id}/members`, { token: ann.token })).json;
    expect(items).toHaveLength(1);
  });

  test('of a private group is open to its members, as long as they are', async () => {
    group = await newGroup('private');
    expect(await refusal(openGroup(omidToken))).toBe(403);
    const change = (json: object) =>
      program.call('POST', `/cht/api/group_chat/${group.slug}/`, { headers: { Authorization: saraToken }, json });
    await change({ add_member: true, uuid: omid.uuid });
    const [one, two] = [await openGroup(saraToken), await openGroup(omidToken)];
    one.send({ message: 'for members' });
    await heard(two, 1);
    await change({ remove_member: true, uuid: omid.uuid });
    one.send({ message: 'not for him' });
    await heard(one, 2);
    two.send({ message: 'still there?' });
    expect((await two.closed).code).toBe(1011);
    expect(two.frames).toHaveLength(1);
    expect(await messagesIn(saraToken)).toHaveLength(2);
  });

  test.each<[string, () => Promise<Client>]>([
    ['without a token', () => open(`/cht/ws/chat/${group.slug}/`)],
    ['with a token that is no good', () => openGroup('nonsense')],
    ['of a group that is not there', () => open('/cht/ws/chat/nowhere/', saraToken)],
    [
      'from a page of another origin',
      () => open(`/cht/ws/chat/${group.slug}/`, saraToken, { Origin: 'https://evil.example' }),
    ],
    [
      'by a cookie from a page of another origin',
      () =>
        open(`/cht/ws/chat/${group.slug}/`, undefined, {
          Cookie: `token=${saraToken}`,
          Origin: 'https://evil.example',
        }),
    ],
    [
      'by a cookie where nobody says which page it is',
      () => open(`/cht/ws/chat/${group.slug}/`, undefined, { Cookie: `token=${saraToken}` }),
    ],
    ['with a token in the address', () => open(`/cht/ws/chat/${group.slug}/?token=${saraToken}`)],
  ])('is refused %s', async (_, opening) => {
    expect(await refusal(opening())).toBe(403);
  });

  test.each([
    ['a cookie from a page of this server', () => ({ Cookie: `token=${saraToken}`, Origin: program.url })],
    ['a cookie from a page that is named', () => ({ Cookie: `token=${saraToken}`, Origin: 'https://app.example' })],
    ['a token of this server', () => ({ Authorization: `Bearer ${ann.token}` })],
  ])('is opened by %s', async (_, headersFor) => {
    const client = await open(`/cht/ws/chat/${group.slug}/`, undefined, headersFor());
    client.send({ message: 'hello' });
    expect(await heard(client, 1)).toHaveLength(1);
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['neither text nor file', '{}'],
    ['a file without a name', '{"file":"AAAA"}'],
    ['broken base64', '{"file":"AAA","filename":"x"}'],
    ['bytes', Buffer.from('{"message":"x"}')],
    ['a text beyond all measure', JSON.stringify({ message: 'a'.repeat(8001) })],
  ])('is closed by %s, and the others are not', async (_, frame) => {
    const [one, two] = [await openGroup(saraToken), await openGroup(omidToken)];
    one.ws.send(frame);
    expect((await one.closed).code).toBe(1011);
    two.send({ message: 'still here' });
    expect(await heard(two, 1)).toHaveLength(1);
    expect(await messagesIn(saraToken)).toHaveLength(1);
  });

  test('is closed by a file beyond the limit, which is not kept', async () => {
    const client = await openGroup(saraToken);
    client.send({ file: Buffer.alloc(1200).toString('base64'), filename: 'x' });
    expect((await client.closed).code).toBe(1009);
    expect(await messagesIn(saraToken)).toEqual([]);
  });

  test('a file that is refused makes nobody a member', async () => {
    const client = await openGroup(omidToken);
    client.send({ file: Buffer.alloc(1200).toString('base64'), filename: 'x' });
    expect((await client.closed).code).toBe(1009);
    await program.settled();
    const { json } = await program.call('GET', `/cht/api/groups/${group.slug}/chat/`, {
      headers: { Authorization: saraToken },
    });
    expect(json.group.members).toHaveLength(1);
  });

  test('takes large frames one after the other', async () => {
    const client = await openGroup(saraToken);
    for (let i = 0; i < 5; i++) client.send({ message: `${i}`, avatar_url: 'x'.repeat(262_144) });
    expect((await heard(client, 5)).map(({ message }) => message)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('passes by what says nothing', async () => {
    const client = await openGroup(saraToken);
    client.send({ type: 'typing' });
    client.send({ message: '' });
    client.send({ message: 'hello' });
    expect(await heard(client, 1)).toEqual([hello]);
  });

  test('closes when the token ends', async () => {
    // Clocks may differ by a minute.
    const token = await tokenOf({ ...sara, exp: Math.floor(Date.now() / 1000) });
    const client = await openGroup(token);
    aMinutePasses();
    expect((await client.closed).code).toBe(4401);
  });
});

describe('the socket of a private chat', () => {
  const unique = () => `chat_of_${++count}`;

  test('makes the chat with its first message, under the name the client chose', async () => {
    const name = unique();
    const [one, two] = [await openPrivate(name, saraToken), await openPrivate(name, omidToken)];
    expect((await privateChat(name, saraToken)).status).toBe(404);
    one.send({ message: 'hello', recipient: omid.uuid });
    const frame = {
      message: 'hello',
      sender: 'ساراراد',
      avatar_url: DEFAULT_PICTURE,
      recipient: 'firstname lastname',
    };
    expect(await heard(one, 1)).toEqual([frame]);
    expect(await heard(two, 1)).toEqual([frame]);
    two.send({ file: 'AAAA', filename: 'files.png', recipient: sara.uuid });
    const [, file] = await heard(one, 2);
    expect(file).toEqual({
      type: 'chat_file',
      file: expect.stringMatching(/^\/cht\/media\/static\/files\/[\w-]{64}\.png$/),
      filename: 'files.png',
      recipientuser: 'ساراراد',
      sender: 'firstnamelastname',
      avatar_url: omid.usr_avatar,
    });
    const { json } = await privateChat(name, omidToken);
    expect(json.private_group).toMatchObject({ name, slug: name });
    expect(json.private_group.members.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      [sara.uuid, OMID_ID].toSorted(),
    );
    expect(json.messages.map(({ content }: { content: string }) => content)).toEqual(['hello', '']);
  });

  test('is heard by whoever writes in it, also at a socket from before the other had an account', async () => {
    const username = `late${++count}`;
    const name = `private_chat_ann_${username}`;
    const one = await openPrivate(name, ann.token);
    const late = await program.person(username);
    const two = await openPrivate(name, late.token);
    one.send({ message: 'welcome', recipient: late.id });
    expect(await heard(one, 1)).toMatchObject([{ message: 'welcome' }]);
    two.send({ message: 'thank you', recipient: ann.id });
    expect(await heard(one, 2)).toMatchObject([{ message: 'welcome' }, { message: 'thank you' }]);
    expect(await heard(two, 2)).toEqual(one.frames);
  });

  test.each([
    ['registers', (username: string) => program.person(username)],
    [
      'takes the username',
      async (username: string) => {
        const person = await program.person(`before_${username}`);
        await program.call('POST', '/v1/chats', { token: person.token, json: { userId: ann.id } });
        await program.call('PATCH', '/v1/me', { token: person.token, json: { username } });
        return person;
      },
    ],
  ])('is heard by whoever waits in it when the other %s and writes first, through any API', async (_, come) => {
    const username = `late${++count}`;
    const name = `private_chat_ann_${username}`;
    const waiting = await openPrivate(name, ann.token);
    const late = await come(username);
    const { id } = (await program.call('POST', '/v1/chats', { token: late.token, json: { userId: ann.id } })).json;
    await say(id, late.token, { text: 'from elsewhere' });
    (await openPrivate(name, late.token)).send({ message: 'from here', recipient: ann.id });
    expect((await heard(waiting, 2)).map(({ message }) => message)).toEqual(['from elsewhere', 'from here']);
  });

  test.each(['before', 'after'])(
    'is heard by whoever waits in it and takes the fitting username %s the other has registered',
    async (when) => {
      const [own, others] = [`own${++count}`, `other${count}`];
      const person = await program.person(`not_yet_${own}`);
      const waiting = await openPrivate(`private_chat_${others}_${own}`, person.token);
      const takeName = () => program.call('PATCH', '/v1/me', { token: person.token, json: { username: own } });
      if (when === 'before') await takeName();
      const other = await program.person(others);
      if (when === 'after') await takeName();
      const chat = await program.call('POST', '/v1/chats', { token: other.token, json: { userId: person.id } });
      await say(chat.json.id, other.token, { text: 'there you are' });
      expect(await heard(waiting, 1)).toMatchObject([{ message: 'there you are' }]);
    },
  );

  test('is not for others, once it is there', async () => {
    const name = unique();
    const one = await openPrivate(name, saraToken);
    const other = await openPrivate(name, ann.token);
    one.send({ message: 'between us', recipient: OMID_ID });
    await heard(one, 1);
    other.send({ message: 'me too', recipient: OMID_ID });
    expect((await other.closed).code).toBe(1011);
    expect(other.frames).toEqual([]);
    expect(await refusal(openPrivate(name, ann.token))).toBe(403);
    expect((await privateChat(name, ann.token)).json).toEqual({
      error: 'You are not a member of this private chat group.',
    });
  });

  test('of two usernames is the direct chat of the two, whichever API began it, and nobody else’s', async () => {
    const name = 'private_chat_ann_ben';
    const early = await openPrivate(name, ben.token);
    const { id } = (await program.call('POST', '/v1/chats', { token: ann.token, json: { userId: ben.id } })).json;
    await say(id, ann.token, { text: 'from elsewhere' });
    const late = await openPrivate(name, ann.token);
    expect((await heard(early, 1))[0]).toMatchObject({ message: 'from elsewhere', sender: 'ann', recipient: 'ben' });
    early.send({ message: 'from here', recipient: ann.id });
    expect((await heard(late, 1))[0]).toMatchObject({ message: 'from here', sender: 'ben' });
    expect((await privateChat(name, ann.token)).json.private_group).toMatchObject({ id, name });
    expect(await refusal(openPrivate(name, saraToken))).toBe(403);
  });

  test.each(['with/slash', `many${'_x'.repeat(25)}`, 'who?', 'a#b', '50%', 'two words'])(
    'of somebody called %s opens by the name that is listed, put into an address as it is',
    async (username) => {
      const other = await program.person(username);
      const { id } = (await program.call('POST', '/v1/chats', { token: other.token, json: { userId: ben.id } })).json;
      await say(id, other.token, { text: 'hello' });
      const zed = await program.person(`zed${++count}`);
      const more = (await program.call('POST', '/v1/chats', { token: other.token, json: { userId: zed.id } })).json;
      await say(more.id, other.token, { text: 'hello' });
      const { json } = await program.call('GET', '/cht/api/groups/?type=PrivateGroup', { token: other.token });
      expect(json).toHaveLength(2);
      for (const { id: chatId, slug } of json) {
        const opened = await privateChat(slug, other.token);
        expect(opened.json.private_group).toMatchObject({ id: chatId, name: slug });
        (await openPrivate(slug, other.token)).close();
      }
    },
  );

  test('under a name that is another chat’s since somebody registered is listed by a name that opens it', async () => {
    const username = `later${++count}`;
    const name = `private_chat_ann_${username}`;
    const zed = await program.person(`zed${++count}`);
    const client = await openPrivate(name, zed.token);
    client.send({ message: 'hello', recipient: ann.id });
    await heard(client, 1);
    await program.person(username);
    for (const { token } of [ann, zed]) {
      const { json } = await program.call('GET', '/cht/api/groups/?type=PrivateGroup', { token });
      const listed = json.find(({ created_by }: { created_by: string }) => created_by === zed.username);
      const opened = await privateChat(listed.slug, token);
      expect(opened.json.private_group).toMatchObject({ id: listed.id, name: listed.slug });
    }
  });

  test('cannot be taken from those whose usernames make its name', async () => {
    await program.person('cleo');
    await program.person('dora');
    expect(await refusal(openPrivate('private_chat_cleo_dora', saraToken))).toBe(403);
  });

  test('takes the id of a profile for a recipient as well', async () => {
    const { id } = (await program.call('GET', '/cht/api/user/profile/', { token: ben.token })).json.data;
    const name = unique();
    const client = await openPrivate(name, saraToken);
    client.send({ message: 'hello', recipient: id });
    expect((await heard(client, 1))[0]).toMatchObject({ recipient: 'ben' });
  });

  test.each([
    ['nobody', {}],
    ['somebody who is not there', { recipient: '00000000-0000-4000-8000-000000000000' }],
    ['something else', { recipient: 'omid' }],
  ])('is closed by a message to %s', async (_, to) => {
    const client = await openPrivate(unique(), saraToken);
    client.send({ message: 'hello', ...to });
    expect((await client.closed).code).toBe(1011);
  });

  test('is not begun by a file that is refused', async () => {
    const [one, other] = [await program.person(`one${++count}`), await program.person(`other${count}`)];
    const client = await openPrivate(unique(), one.token);
    client.send({ file: Buffer.alloc(1200).toString('base64'), filename: 'x', recipient: other.id });
    expect((await client.closed).code).toBe(1009);
    await program.settled();
    expect((await program.call('GET', '/v1/conversations', { token: other.token })).json.items).toEqual([]);
  });

  test('is not begun by whom somebody was faster to take its name', async () => {
    const name = unique();
    const pairs = await Promise.all(
      ['one', 'two'].map(async (pair) => {
        const [from, to] = [await program.person(`${pair}_from${++count}`), await program.person(`${pair}_to${count}`)];
        return { from, to, client: await openPrivate(name, from.token) };
      }),
    );
    for (const { client, to } of pairs) client.send({ message: 'hello', recipient: to.id });
    const lost = await Promise.any(pairs.map(async (pair) => ({ ...pair, ...(await pair.client.closed) })));
    expect(lost.code).toBe(1011);
    await program.settled();
    const chatsOf = async ({ token }: Person) => (await program.call('GET', '/v1/conversations', { token })).json.items;
    for (const pair of pairs) expect(await chatsOf(pair.to)).toHaveLength(pair.to === lost.to ? 0 : 1);
  });

  test('is closed by a message to somebody who is not in it', async () => {
    const name = unique();
    const client = await openPrivate(name, saraToken);
    client.send({ message: 'hello', recipient: ben.id });
    await heard(client, 1);
    client.send({ message: 'hello', recipient: ann.id });
    expect((await client.closed).code).toBe(1011);
  });

  test('passes by what says nothing', async () => {
    const client = await openPrivate(unique(), saraToken);
    client.send({ typing: true });
    client.send({ message: 'hello', recipient: ben.id });
    expect(await heard(client, 1)).toHaveLength(1);
  });

  test('of a name that a group goes by is refused', async () => {
    expect(await refusal(openPrivate(group.slug, saraToken))).toBe(403);
  });
});
