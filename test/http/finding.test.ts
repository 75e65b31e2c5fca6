// What the screens of a client ask for: messages with their senders, one message and those around it, the conversation with
// the latest message first, and people by a part of their names.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let bob: Person;
let cat: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, bob, cat] = [await program.person('ann'), await program.person('bob'), await program.person('cat')];
});
afterAll(() => program.close());

const as = async (person: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: person.token, ...(json === undefined ? {} : { json }) });
const get = async (person: Person, path: string) => (await as(person, 'GET', path)).json;
const group = async (owner: Person, json: object = {}): Promise<string> =>
  (await as(owner, 'POST', '/v1/groups', { name: 'Tea', ...json })).json.id;
const say = async (person: Person, id: string, text: string) =>
  (await as(person, 'POST', `/v1/conversations/${id}/messages`, { text })).json;

type Item = Readonly<Record<string, unknown>>;
const column = (items: readonly Item[], name: string) => items.map((item) => item[name]);

describe('a page of messages', () => {
  test('brings each of its senders once, also those who have left or gone, and who removed a message', async () => {
    const [dan, admin] = [await program.person('dan'), await program.person('moderator')];
    await program.grant(admin.id, 'admin');
    const id = await group(ann, { memberIds: [bob.id, dan.id, cat.id] });
    for (const person of [ann, dan, ann, dan]) await say(person, id, 'x');
    const { id: removed } = await say(bob, id, 'rude');
    await as(admin, 'DELETE', `/v1/conversations/${id}/messages/${removed}`);
    await as(dan, 'DELETE', '/v1/me');
    const { items, included } = await get(cat, `/v1/conversations/${id}/messages`);
    expect(items).toHaveLength(5);
    expect(new Set(column(included.users, 'id'))).toEqual(new Set([ann.id, dan.id, bob.id, admin.id]));
    expect(included.users).toHaveLength(4);
    const shown = included.users.find((user: Item) => user.id === ann.id);
    expect(shown).toEqual(await get(cat, `/v1/users/${ann.id}`));
    expect(included.users.find((user: Item) => user.id === dan.id).deleted).toBe(true);
    expect((await get(cat, `/v1/conversations/${id}/messages?limit=1`)).included.users).toHaveLength(2);
    expect((await get(cat, `/v1/conversations/${id}/messages?after=99`)).included.users).toEqual([]);
  });
});

describe('one message', () => {
  test('is had by its id, as it stands in a page, and by nobody who may not read it', async () => {
    const [id, other] = [await group(ann, { memberIds: [bob.id] }), await group(ann)];
    const said = await say(ann, id, 'hello');
    const path = `/v1/conversations/${id}/messages/${said.id}`;
    expect(await get(bob, path)).toEqual(said);
    expect((await get(cat, path)).code).toBe('conversation-unknown');
    expect((await get(ann, `/v1/conversations/${other}/messages/${said.id}`)).code).toBe('message-unknown');
    expect((await get(ann, `/v1/conversations/${other}/messages?around=${said.id}`)).code).toBe('message-unknown');
    await as(ann, 'DELETE', path);
    expect(await get(bob, path)).toMatchObject({ seq: 1, text: '', removedBy: ann.id });
  });

  test('is had with those on both sides, by its id or its place', async () => {
    const id = await group(ann);
    const sent = [];
    for (let i = 1; i <= 9; i++) sent.push(await say(ann, id, `m${i}`));
    const around = async (query: string) => {
      const { items, next } = await get(ann, `/v1/conversations/${id}/messages?${query}`);
      return [column(items, 'seq'), next];
    };
    expect(await around(`around=${sent[4]!.id}&limit=4`)).toEqual([[3, 4, 5, 6], '6']);
    expect(await around(`around=${sent[4]!.id.toUpperCase()}&limit=3`)).toEqual([[4, 5, 6], '6']);
    expect(await around('around=5&limit=1')).toEqual([[5], '5']);
    expect(await around('after=6&limit=4')).toEqual([[7, 8, 9], null]);
    expect(await around('before=3&limit=4')).toEqual([[1, 2], null]);
    expect(await around('around=1&limit=4')).toEqual([[1, 2], '2']);
    expect(await around('around=9&limit=4')).toEqual([[7, 8, 9], null]);
    expect(await around('around=5')).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9], null]);
  });

  test.each([
    ['around=10', 404, 'message-unknown'],
    ['around=0', 404, 'message-unknown'],
    ['around=0190b0a0-0000-7000-8000-000000000001', 404, 'message-unknown'],
    ['around=x', 400, 'malformed-request'],
    ['around=-1', 400, 'malformed-request'],
    ['around=', 400, 'malformed-request'],
    ['around=1&before=2', 400, 'malformed-request'],
    ['around=1&after=0', 400, 'malformed-request'],
  ])('is not had with ?%s', async (query, status, code) => {
    const id = await group(ann);
    await say(ann, id, 'x');
    const reply = await as(ann, 'GET', `/v1/conversations/${id}/messages?${query}`);
    expect([reply.status, reply.json.code]).toEqual([status, code]);
    if (status === 400) expect(column(reply.json.errors, 'field')).toEqual(['around']);
  });
});

describe('conversations by their last activity', () => {
  /** The ids of all pages. */
  const listed = async (person: Person, scope: string, limit = 2) => {
    const ids: unknown[] = [];
    for (let after = ''; ; ) {
      const page = await get(person, `/v1/conversations?scope=${scope}&order=activity&limit=${limit}${after}`);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      ids.push(...column(page.items, 'id'));
      if (page.next === null) return ids;
      after = `&after=${page.next}`;
    }
  };

  test('begin with the latest message, or else with the latest that was made', async () => {
    const eve = await program.person('eve');
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await group(eve, { memberIds: [bob.id] }));
    const [a, b, c, d, e] = ids as [string, string, string, string, string];
    expect(await listed(eve, 'mine')).toEqual([e, d, c, b, a]);
    await say(bob, b, 'x');
    await say(eve, a, 'x');
    expect(await listed(eve, 'mine')).toEqual([a, b, e, d, c]);
    const [first] = (await get(eve, '/v1/conversations?order=activity')).items;
    expect(first).toEqual(await get(eve, `/v1/conversations/${a}`));
    expect(column((await get(eve, '/v1/conversations')).items, 'id')).toEqual(ids);
  });

  test('are rooms and public groups too, and nothing that is private', async () => {
    const [open, closed] = [await group(ann, { public: true }), await group(ann)];
    const room = (await as(ann, 'POST', '/v1/rooms', { name: 'Lobby' })).json.id;
    await say(ann, open, 'x');
    await say(ann, closed, 'x');
    const found = await listed(cat, 'listed', 50);
    expect(found.slice(0, 2)).toEqual([open, room]);
    expect(found).not.toContain(closed);
    expect(await listed(cat, 'desks')).toEqual([]);
  });

  test('take no cursor of another order', async () => {
    await group(ann);
    await group(ann);
    const { next } = await get(ann, '/v1/conversations?limit=1');
    const reply = await get(ann, `/v1/conversations?order=activity&after=${next}`);
    expect([reply.code, column(reply.errors, 'field')]).toEqual(['malformed-request', ['after']]);
  });
});

describe('people', () => {
  const register = async (names: object) =>
    (await program.call('POST', '/v1/users', { json: { password: PASSWORD, ...names } })).json;
  /** The usernames of all pages. */
  const found = async (name: string, limit = 50) => {
    const names: string[] = [];
    for (let after = ''; ; ) {
      const page = await get(ann, `/v1/users?name=${encodeURIComponent(name)}&limit=${limit}${after}`);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      names.push(...(column(page.items, 'username') as string[]));
      if (page.next === null) return names.toSorted((one, other) => one.localeCompare(other));
      after = `&after=${page.next}`;
    }
  };

  beforeAll(async () => {
    await register({ username: 'mississippi', firstName: 'Zoë', lastName: 'Straße', email: 'hidden@private.example' });
    await register({ username: 'zed_99', firstName: 'Mary Ann', lastName: 'O’Zissi', phone: '+442079460123' });
    await register({
      username: 'علی',
      firstName: 'علي',
      lastName: 'كريمي',
      nationalCode: 'secretcode',
      address: 'Hidden Lane',
    });
  });

  test.each([
    ['issi', ['mississippi', 'zed_99']],
    ['ISSI', ['mississippi', 'zed_99']],
    ['zoë', ['mississippi']],
    ['oë strasse', ['mississippi']],
    ['strasse zo', ['mississippi']],
    ['y ann', ['zed_99']],
    ['zed_', ['zed_99']],
    ['_', ['zed_99']],
    ['کریم', ['علی']],
    ['ي', ['علی']],
    ['issi nobody', []],
    ['%', []],
    ['.*', []],
    ['hidden', []],
    ['private.example', []],
    ['9460123', []],
    ['secretcode', []],
    [':firstName', []],
  ])('are found by %j in any of their names, and by nothing else', async (name, names) => {
    expect(await found(name)).toEqual(names);
  });

  test('are found once each, page by page, however often the text is in their names', async () => {
    expect(await found('s', 1)).toEqual(await found('s'));
    expect((await found('i', 2)).filter((name) => name === 'mississippi')).toHaveLength(1);
  });

  test('are found by the names that they have now, and not once they are gone', async () => {
    const fay = await program.person('fay');
    const rename = (json: object) => as(fay, 'PATCH', '/v1/me', { current: PASSWORD, ...json });
    await rename({ firstName: 'Bartholomew', lastName: 'Xylo' });
    expect([await found('tholom'), await found('olomew'), await found('xyl')]).toEqual([['fay'], ['fay'], ['fay']]);
    await rename({ firstName: 'Bar', username: 'fayette' });
    expect([await found('tholom'), await found('bar'), await found('xyl'), await found('ette')]).toEqual([
      [],
      ['fayette'],
      ['fayette'],
      ['fayette'],
    ]);
    await as(fay, 'DELETE', '/v1/me');
    expect([await found('bar'), await found('fayette'), await found('xyl')]).toEqual([[], [], []]);
  });

  test('are found by the beginning of a very long name', async () => {
    await register({ username: 'long', firstName: `${'ab'.repeat(30)}q${'cd'.repeat(69)}` });
    expect([
      await found('abq'),
      await found(`${'ab'.repeat(30)}q${'cd'.repeat(69)}`),
      await found('qcdc'.repeat(20)),
    ]).toEqual([['long'], ['long'], []]);
  });

  test.each([
    'name=',
    'name=%20',
    'name=%01',
    'name=%E2%A0%80',
    'name=a&prefix=a',
    `name=${'a'.repeat(201)}`,
    'name=a&after=NTA',
  ])('are not found with ?%s', async (query) => {
    const reply = await as(ann, 'GET', `/v1/users?${query}`);
    expect([reply.status, reply.json.errors.length]).toEqual([400, 1]);
  });

  test('whose names begin otherwise are on no page, whatever cursor it is asked with', async () => {
    for (const username of ['aba', 'abb', 'bab', 'bac', 'bad', 'cab']) await register({ username });
    /** What a page of `ba` has behind the first name of another prefix. */
    const behind = async (prefix: string) => {
      const { next } = await get(ann, `/v1/users?prefix=${prefix}&limit=1`);
      return column((await get(ann, `/v1/users?prefix=ba&after=${next}`)).items, 'username');
    };
    expect(await behind('ba')).toEqual(['bac', 'bad']);
    expect(await behind('ab')).toEqual(['bab', 'bac', 'bad']);
    expect(await behind('c')).toEqual([]);
  });
});
