// What one request and its answer cannot show of Django-Chat-Server: pages, what a number is, files, time.

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Person, type Program, startProgram } from '../../support/program.ts';

const DAY = 24 * 60 * 60 * 1000;

let program: Program;
let clock = Date.parse('2026-01-01T10:00:00.123Z');
beforeAll(async () => {
  program = await startProgram({ now: () => new Date(clock) });
});
afterAll(() => program.close());

const send = async (by: Person, body: Record<string, unknown>) => {
  const reply = await program.call('POST', '/api/messages/1/send/', { token: by.token, json: body });
  expect(reply.status).toBe(201);
  return reply.json;
};
const say = (by: Person, to: Person, message: string) => send(by, { receiver_user: to.number, message });
const list = async (by: Person, id: number, page?: number): Promise<{ message: string }[]> =>
  (await program.call('GET', `/api/messages/${id}/${page === undefined ? '' : `?page=${page}`}`, { token: by.token }))
    .json;
const texts = async (by: Person, id: number, page?: number) => (await list(by, id, page)).map(({ message }) => message);
const makeGroup = async (by: Person, name: string, members: readonly Person[] = []) =>
  (
    await program.call('POST', '/api/groups/create/', {
      token: by.token,
      json: { name, members: members.map(({ number }) => number) },
    })
  ).json.id as number;
const count = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => String(from - i));

/** A group with the number of `person`, as in logs from before both were counted together. */
const groupNumberedAs = async (person: Person, owner: Person, members: readonly Person[]): Promise<number> => {
  const next = vi.spyOn(program.services.core.numbers, 'next').mockResolvedValueOnce(person.number);
  const id = await makeGroup(owner, `as ${person.username}`, members);
  next.mockRestore();
  expect(id).toBe(person.number);
  return id;
};

describe('under a number', () => {
  test('that is a group’s, a message goes to the group, and only its messages come', async () => {
    const people = await Promise.all(['gil', 'hal', 'ivy'].map((name) => program.person(name)));
    const [gil, hal, ivy] = people as [Person, Person, Person];
    const group = await makeGroup(gil, 'one thing', [hal]);
    expect(people.map(({ number }) => number)).not.toContain(group);
    await say(gil, hal, 'to him alone');
    for (const receiver of [{}, { receiver_user: null }, { receiver_user: '' }, { receiver_user: group }]) {
      const json = { ...receiver, message: 'to all' };
      const sent = await program.call('POST', `/api/messages/${group}/send/`, { token: gil.token, json });
      expect([sent.json.receiver_user ?? '', sent.json.receiver_group]).toEqual(['', group]);
    }
    expect(await texts(hal, group)).toEqual(['to all', 'to all', 'to all', 'to all']);
    expect(await texts(hal, hal.number)).toEqual(['to him alone']);
    // The receiver in the body counts, whatever the path says.
    const json = { receiver_user: hal.number, message: 'to him again' };
    await program.call('POST', `/api/messages/${group}/send/`, { token: gil.token, json });
    expect(await texts(hal, hal.number)).toEqual(['to him again', 'to him alone']);
    const stranger = { token: ivy.token, json: { message: 'x' } };
    expect((await program.call('POST', `/api/messages/${group}/send/`, stranger)).status).toBe(403);
    expect(await texts(ivy, group)).toEqual([]);
  });

  test('of oneself and of a group at once, both come in one list, the newest first, ten a page', async () => {
    const others = await Promise.all(Array.from({ length: 12 }, (_, i) => program.person(`crowd${i}`)));
    const [ann, ben] = [others[0]!, await program.person('ben')];
    const group = await groupNumberedAs(ben, ann, [ben]);
    for (let i = 1; i <= 25; i++)
      if (i % 3 === 0) await send(ann, { receiver_group: group, message: String(i) });
      else await say(ann, ben, String(i));
    await say(ben, ann, 'not to me');
    expect(await texts(ben, ben.number)).toEqual(count(25, 16));
    expect(await texts(ben, ben.number, 2)).toEqual(count(15, 6));
    expect(await texts(ben, ben.number, 3)).toEqual(count(5, 1));
    expect(await texts(ben, ben.number, 4)).toEqual([]);
    const unnamed = await program.call('POST', `/api/messages/${group}/send/`, {
      token: ann.token,
      json: { message: 'x' },
    });
    expect([unnamed.status, unnamed.json]).toEqual([
      400,
      { error: 'Name a receiver: receiver_user or receiver_group.' },
    ]);
    // The other one of the two finds what they said, and the group they are in.
    expect(await texts(ann, ben.number)).toEqual(count(25, 16));
    // A third one finds nothing of either.
    expect(await texts(others[1]!, ben.number)).toEqual([]);
  });

  test('of a group alone, any page is as near as the first', async () => {
    const ann = await program.person('pages');
    const group = await makeGroup(ann, 'pages');
    for (let i = 1; i <= 21; i++) await send(ann, { receiver_group: group, message: String(i) });
    expect(await texts(ann, group)).toEqual(count(21, 12));
    expect(await texts(ann, group, 3)).toEqual(['1']);
    expect(await texts(ann, group, 4)).toEqual([]);
    for (const page of ['', '0', '-1', '1.5', 'x'])
      expect(
        (await program.call('GET', `/api/messages/${group}/?page=${page}&x=1`, { token: ann.token })).json,
      ).toHaveLength(10);
  });

  test('of what one said to somebody, any page is as near as the first, whatever they answered and one removed', async () => {
    const [ann, ben] = [await program.person('says'), await program.person('answers')];
    for (let i = 1; i <= 24; i++) {
      await say(ann, ben, String(i));
      for (let answer = 0; answer < i % 3; answer++) await say(ben, ann, 'yes');
    }
    const read = vi.spyOn(program.services.queries, 'messagesIn');
    onTestFinished(() => read.mockRestore());
    expect(await texts(ann, ben.number)).toEqual(count(24, 15));
    expect(await texts(ann, ben.number, 2)).toEqual(count(14, 5));
    expect(await texts(ann, ben.number, 3)).toEqual(count(4, 1));
    expect(await texts(ann, ben.number, 4)).toEqual([]);
    expect(read).not.toHaveBeenCalled();
    const { items } = (await program.call('GET', '/v1/conversations?limit=1', { token: ann.token })).json;
    const found = await program.call('GET', `/v1/conversations/${items[0].id}/messages?limit=100`, {
      token: ann.token,
    });
    const twenty = found.json.items.find(({ text }: { text: string }) => text === '20');
    const path = `/v1/conversations/${items[0].id}/messages/${twenty.id}`;
    expect((await program.call('DELETE', path, { token: ann.token })).status).toBe(204);
    const left = [...count(24, 21), ...count(19, 1)];
    for (const page of [1, 2, 3])
      expect(await texts(ann, ben.number, page)).toEqual(left.slice(10 * (page - 1), 10 * page));
  });

  test('of a deleted account, one still finds what one said to them', async () => {
    const [ann, ben] = [await program.person('stays'), await program.person('goes')];
    await say(ann, ben, 'bye');
    const gone = await program.call('DELETE', `/api/${ben.number}/delete/`, { token: ben.token });
    expect(gone.status).toBe(200);
    expect(await texts(ann, ben.number)).toEqual(['bye']);
    const again = await program.call('POST', '/api/messages/1/send/', {
      token: ann.token,
      json: { receiver_user: ben.number, message: 'x' },
    });
    expect(again.json).toEqual({ detail: 'No CustomUser matches the given query.' });
  });

  test('a message to oneself is in one’s own list once', async () => {
    const ann = await program.person('self');
    await say(ann, ann, 'note');
    expect(await texts(ann, ann.number)).toEqual(['note']);
  });
});

describe('files', () => {
  const sendFile = async (by: Person, to: Person, at: string, ...names: string[]) => {
    const body = new FormData();
    body.append('receiver_user', String(to.number));
    for (const name of names) body.append('file', new File([name], name, { type: 'image/png' }));
    body.append('attachment', new File(['other'], 'other.png', { type: 'image/png' }));
    return (await program.call('POST', `${at}/api/messages/1/send/`, { token: by.token, body })).json;
  };

  test.each(['', '/django-chat'])('under "%s", the path of a file serves its bytes without a token', async (at) => {
    const [ann, ben] = [await program.person(`fa${at.length}`), await program.person(`fb${at.length}`)];
    const { id, file } = await sendFile(ann, ben, at, 'first.png', 'second.png');
    expect(file).toMatch(new RegExp(`^${at}/media/uploads/second_[\\w-]{64}\\.png$`));
    const told = await program.call('GET', `${at}/api/messages/files/${id}/`, { token: ben.token });
    for (const path of [file, told.json.file_url]) {
      // An <img> asks for pictures alone.
      const { status, headers, text } = await program.call('GET', path, { headers: { Accept: 'image/*' } });
      expect([status, headers.get('content-type'), text]).toEqual([200, 'image/png', 'second.png']);
    }
  });

  test('after ten days a file has expired; its message still shows it', async () => {
    const [ann, ben] = [await program.person('old'), await program.person('older')];
    const { id, file } = await sendFile(ann, ben, '', 'a.png');
    const { number } = ben;
    const sent = clock;
    const login = async () =>
      (await program.call('POST', '/v1/sessions', { json: { login: 'older', password: 'correct horse' } })).json
        .accessToken as string;
    clock = sent + 10 * DAY;
    const path = `/api/messages/files/${id}/`;
    expect((await program.call('GET', path, { token: await login() })).status).toBe(200);
    clock += 1;
    const token = await login();
    const late = await program.call('GET', path, { token });
    expect([late.status, late.json]).toEqual([410, { error: 'File has expired.' }]);
    const [listed] = (await program.call('GET', `/api/messages/${number}/`, { token })).json;
    // By then the address is another one.
    expect([listed.file === file, (await program.call('GET', listed.file)).status]).toEqual([false, 200]);
    clock = sent;
  });

  test('the file of a public group is for its members', async () => {
    const [ann, ben] = [await program.person('filer'), await program.person('filed')];
    const group = await makeGroup(ann, 'files');
    const body = new FormData();
    body.append('receiver_group', String(group));
    body.append('file', new File(['x'], 'x.png', { type: 'image/png' }));
    const { id } = (await program.call('POST', '/api/messages/1/send/', { token: ann.token, body })).json;
    const ask = () => program.call('GET', `/api/messages/files/${id}/`, { token: ben.token });
    expect((await ask()).json).toEqual({ detail: 'No Message matches the given query.' });
    await program.call('POST', `/api/groups/${group}/join/`, { token: ben.token });
    expect((await ask()).status).toBe(200);
  });
});

test('a new password ends the other sessions and the key, and its own session goes on', async () => {
  const ann = await program.person('renews');
  const json = { email: 'renews', password: 'correct horse' };
  const { token } = (await program.call('POST', '/solari/api/login/', { json })).json;
  const other = (await program.call('POST', '/django-chat/api/login/', { json })).json.access;
  const patch = (password: string) =>
    program.call('PATCH', `/api/${ann.number}/update/`, { token: ann.token, json: { password } });
  const statusOf = async (credential: string) =>
    (await program.call('GET', '/api/users/protected/', { token: credential })).status;
  await patch('correct horse');
  expect(await Promise.all([ann.token, other, token].map(statusOf))).toEqual([200, 200, 200]);
  await patch('battery staple');
  expect(await Promise.all([ann.token, other, token].map(statusOf))).toEqual([200, 401, 401]);
  const again = await program.call('POST', '/django-chat/api/login/', {
    json: { ...json, password: 'battery staple' },
  });
  expect(again.status).toBe(200);
});

test('a send that is repeated under its key is one message', async () => {
  const [ann, ben] = [await program.person('repeats'), await program.person('hears')];
  const once = () =>
    program.call('POST', '/api/messages/1/send/', {
      token: ann.token,
      headers: { 'Idempotency-Key': 'k1' },
      json: { receiver_user: ben.number, message: 'once' },
    });
  const [first, second] = [await once(), await once()];
  expect(second.json).toEqual(first.json);
  expect(await texts(ben, ben.number)).toEqual(['once']);
});

test('of many who want one group name at once, one gets it', async () => {
  const ann = await program.person('racer');
  const tries = await Promise.all(
    ['Tea', 'tea', 'TEA', 'Tea'].map((name) =>
      program.call('POST', '/api/groups/create/', { token: ann.token, json: { name } }),
    ),
  );
  expect(tries.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400, 400, 400]);
});

test('a client written from the document gets through', async () => {
  const post = (path: string, json: unknown, token?: string) => program.call('POST', path, { json, token });
  const made = await post('/api/register/', {
    username: 'doc',
    email: 'doc@x.io',
    password: 'correct horse',
    first_name: 'D',
    last_name: 'C',
  });
  const id = made.json.user.id as number;
  const friend = await program.person('friend');
  const { access, refresh } = (await post('/api/login/', { email: 'doc@x.io', password: 'correct horse' })).json;
  expect((await program.call('GET', `/api/${id}`, { token: access })).json.username).toBe('doc');
  const put = { username: 'doc', email: 'doc@x.io', password: 'battery staple', first_name: 'D', last_name: 'C' };
  expect((await program.call('PUT', `/api/${id}/update/`, { token: access, json: put })).status).toBe(200);
  const group = (await post('/api/groups/create/', { name: 'docs', members: `[${friend.number}]` }, access)).json;
  expect(group.members).toEqual(['doc', 'friend']);
  expect((await post(`/api/groups/${group.id}/leave/`, {}, friend.token)).status).toBe(200);
  expect((await post(`/api/groups/${group.id}/join/`, {}, friend.token)).status).toBe(200);
  await post(`/api/messages/${friend.number}/send/`, { receiver_user: friend.number, message: 'hi' }, access);
  expect((await texts(friend, friend.number))[0]).toBe('hi');
  const renewed = (await post('/api/token/refresh/', { refresh })).json;
  expect((await post('/api/logout/', { refresh: renewed.refresh }, renewed.access)).json).toEqual({
    message: 'User Logout successfully.',
  });
  const last = (await post('/api/login/', { email: 'doc@x.io', password: 'battery staple' })).json.access;
  expect((await program.call('DELETE', `/api/${id}/delete/`, { token: last })).json).toEqual({
    message: 'User deleted successfully.',
  });
});

describe('a change of an account that is refused changes nothing, the password neither', () => {
  let nth = 0;
  const enter = (email: string, password: string) =>
    program.call('POST', '/django-chat/api/login/', { json: { email, password } });
  const newcomer = async () => {
    const email = `newcomer${++nth}@x.io`;
    const json = { username: `newcomer${nth}`, email, first_name: 'N', last_name: 'C', password: 'correct horse' };
    const { user } = (await program.call('POST', '/django-chat/api/register/', { json })).json;
    return {
      email,
      path: `/django-chat/api/${user.id}/update/`,
      token: (await enter(email, 'correct horse')).json.access,
    };
  };

  test.each([
    ['a name that reads like a phone number', { username: '+49 30 1234567' }, 'username'],
    ['a name of two lines', { first_name: 'New\nComer' }, 'first_name'],
  ])('%s', async (_, changes, field) => {
    const { email, path, token } = await newcomer();
    const json = { ...changes, password: 'battery staple' };
    const refused = await program.call('PATCH', path, { token, json });
    expect([refused.status, Object.keys(refused.json)]).toEqual([400, [field]]);
    expect((await enter(email, 'battery staple')).status).toBe(400);
    expect((await enter(email, 'correct horse')).status).toBe(200);
    expect((await program.call('GET', '/django-chat/api/users/protected/', { token })).status).toBe(200);
  });

  test('a name that somebody else takes at the same moment', async () => {
    const people = [await newcomer(), await newcomer()];
    const json = { username: `wanted${nth}`, password: 'battery staple' };
    const replies = await Promise.all(people.map(({ path, token }) => program.call('PATCH', path, { token, json })));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    for (const [i, { status }] of replies.entries()) {
      const password = status === 200 ? 'battery staple' : 'correct horse';
      expect((await enter(people[i]!.email, password)).status).toBe(200);
    }
  });
});
