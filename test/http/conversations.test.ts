// Conversations, members and messages over HTTP.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let bob: Person;
let cat: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, bob, cat] = [await program.person('ann'), await program.person('bob'), await program.person('cat')];
});
afterAll(() => program.close());

const as = (person: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: person.token, ...(json === undefined ? {} : { json }) });
const group = async (owner: Person, json: object = {}) =>
  (await as(owner, 'POST', '/v1/groups', { name: 'Tea', ...json })).json;
const say = (person: Person, conversationId: string, text: string) =>
  as(person, 'POST', `/v1/conversations/${conversationId}/messages`, { text });

describe('a group', () => {
  test('is made with members, who find it in their list', async () => {
    const made = await as(ann, 'POST', '/v1/groups', { name: 'Chess', memberIds: [bob.id] });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ kind: 'group', name: 'Chess', role: 'owner', memberCount: 2, public: false });
    const mine = (await as(bob, 'GET', '/v1/conversations')).json.items;
    expect(mine).toContainEqual({ ...made.json, role: 'member' });
  });

  test('that is private is unknown to strangers, in every way', async () => {
    const { id } = await group(ann);
    for (const [method, path, json] of [
      ['GET', ''],
      ['PATCH', '', { name: 'x' }],
      ['GET', '/members'],
      ['POST', '/members', { userId: cat.id }],
      ['DELETE', `/members/${ann.id}`],
      ['GET', '/messages'],
      ['POST', '/messages', { text: 'x' }],
      ['POST', '/join'],
      ['POST', '/leave'],
      ['POST', '/read', { upTo: 1 }],
    ] as const) {
      const { status, json: problem } = await as(cat, method, `/v1/conversations/${id}${path}`, json);
      expect([method, path, status, problem.code]).toEqual([method, path, 404, 'conversation-unknown']);
    }
  });

  test('that is public is listed, read and joined by anybody, and written in by members', async () => {
    const { id } = await group(ann, { name: 'Open', public: true });
    await say(ann, id, 'welcome');
    const listed = (await as(cat, 'GET', '/v1/conversations?scope=listed&limit=100')).json.items;
    expect(listed.find((one: { id: string }) => one.id === id)).toMatchObject({ role: null, name: 'Open' });
    expect((await as(cat, 'GET', `/v1/conversations/${id}/messages`)).json.items[0].text).toBe('welcome');
    expect((await say(cat, id, 'hi')).json.code).toBe('not-a-member');
    const joined = await as(cat, 'POST', `/v1/conversations/${id}/join`);
    expect([joined.status, joined.json.role, joined.json.memberCount]).toEqual([200, 'member', 2]);
    expect((await say(cat, id, 'hi')).status).toBe(201);
    expect((await as(cat, 'POST', `/v1/conversations/${id}/leave`)).status).toBe(204);
    expect((await say(cat, id, 'hi')).json.code).toBe('not-a-member');
  });

  test('takes members from its owner alone, and loses them to its owner alone', async () => {
    const { id } = await group(ann, { memberIds: [bob.id] });
    const path = `/v1/conversations/${id}/members`;
    expect((await as(bob, 'POST', path, { userId: cat.id })).json.code).toBe('not-an-owner');
    const added = await as(ann, 'POST', path, { userId: cat.id });
    expect([added.status, added.json.role, added.json.user.id]).toEqual([201, 'member', cat.id]);
    expect((await as(ann, 'POST', path, { userId: ann.id.replace(/.{4}$/, '0000') })).json.code).toBe('user-unknown');
    const names = (await as(cat, 'GET', path)).json.items.map(({ user }: { user: Person }) => user.username);
    expect(names).toEqual(['ann', 'bob', 'cat']);
    expect((await as(bob, 'DELETE', `${path}/${cat.id}`)).json.code).toBe('not-a-moderator');
    expect((await as(ann, 'DELETE', `${path}/${cat.id}`)).status).toBe(204);
    expect((await as(cat, 'GET', `/v1/conversations/${id}`)).status).toBe(404);
  });

  test('has its members page by page', async () => {
    const { id } = await group(ann, { memberIds: [bob.id, cat.id] });
    const first = (await as(ann, 'GET', `/v1/conversations/${id}/members?limit=2`)).json;
    const rest = (await as(ann, 'GET', `/v1/conversations/${id}/members?limit=2&after=${first.next}`)).json;
    expect([...first.items, ...rest.items].map(({ user }) => user.username)).toEqual(['ann', 'bob', 'cat']);
    expect(rest.next).toBeNull();
  });

  test('is described by its owner', async () => {
    const { id } = await group(ann, { memberIds: [bob.id] });
    const changed = await as(ann, 'PATCH', `/v1/conversations/${id}`, { name: 'Coffee', picture: 'c.png' });
    expect([changed.status, changed.json.name, changed.json.picture]).toEqual([200, 'Coffee', 'c.png']);
    expect((await as(bob, 'PATCH', `/v1/conversations/${id}`, { name: 'x' })).json.code).toBe('not-an-owner');
  });

  test('is refused with a slug that is taken', async () => {
    await group(ann, { slug: 'the-tea' });
    const again = await as(bob, 'POST', '/v1/groups', { name: 'Other', slug: 'The-Tea' });
    expect([again.status, again.json.code, again.json.errors[0].field]).toEqual([409, 'slug-taken', 'slug']);
  });
});

describe('a room', () => {
  test('is open to everybody, listed, and says whether it has a password but not which', async () => {
    const opened = await as(ann, 'POST', '/v1/rooms', { name: 'Lobby', capacity: 5, password: 'pst' });
    expect([opened.status, opened.json.kind, opened.json.hasPassword]).toEqual([201, 'room', true]);
    expect(opened.text).not.toContain('pst');
    expect((await say(cat, opened.json.id, 'hello')).status).toBe(201);
    const listed = (await as(bob, 'GET', '/v1/conversations?scope=listed&limit=100')).json.items;
    expect(listed.map(({ id }: { id: string }) => id)).toContain(opened.json.id);
  });
});

describe('a direct chat', () => {
  test('is one, whoever starts it, and nobody else sees it', async () => {
    const one = await as(ann, 'POST', '/v1/chats', { userId: bob.id });
    const other = await as(bob, 'POST', '/v1/chats', { userId: ann.id });
    expect([one.status, other.status]).toEqual([201, 200]);
    expect(other.json.id).toBe(one.json.id);
    expect((await as(cat, 'GET', `/v1/conversations/${one.json.id}`)).status).toBe(404);
    const members = (await as(ann, 'GET', `/v1/conversations/${one.json.id}/members?limit=1`)).json;
    expect(members.items).toHaveLength(2);
    expect((await as(ann, 'POST', `/v1/conversations/${one.json.id}/leave`)).json.code).toBe('cannot-leave-this-kind');
  });
});

describe('messages', () => {
  test('are numbered from 1 in their conversation, and counted until read', async () => {
    const { id } = await group(ann, { memberIds: [bob.id] });
    for (const text of ['one', 'two', 'three']) await say(ann, id, text);
    const { items } = (await as(bob, 'GET', `/v1/conversations/${id}/messages`)).json;
    expect(items.map(({ seq, text, senderId }: Record<string, unknown>) => [seq, text, senderId])).toEqual([
      [1, 'one', ann.id],
      [2, 'two', ann.id],
      [3, 'three', ann.id],
    ]);
    expect((await as(bob, 'GET', `/v1/conversations/${id}`)).json).toMatchObject({ unread: 3, messageCount: 3 });
    expect((await as(bob, 'POST', `/v1/conversations/${id}/read`, { upTo: 2 })).status).toBe(204);
    const read = (await as(bob, 'GET', `/v1/conversations/${id}`)).json;
    expect([read.unread, read.lastMessage.text]).toEqual([1, 'three']);
  });

  test('are answered to their sender as they are recorded, not as the views show them', async () => {
    const { id } = await group(ann);
    const { queries } = program.services;
    const asked = [vi.spyOn(queries, 'message'), vi.spyOn(queries, 'filesById')];
    const file = (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'a' })).json;
    const sends = ['one', 'two', 'three'].map((text) =>
      as(ann, 'POST', `/v1/conversations/${id}/messages`, { text, fileId: file.id }),
    );
    const sent = (await Promise.all(sends)).map(({ json }) => json);
    for (const query of asked) expect(query).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    const { items } = (await as(ann, 'GET', `/v1/conversations/${id}/messages`)).json;
    expect(sent.toSorted((one, other) => one.seq - other.seq)).toEqual(items);
    expect(items[0].file).toMatchObject({ id: file.id, name: 'a.txt', size: 1 });
  });

  test('are paged both ways, each seen once', async () => {
    const { id } = await group(ann);
    for (let i = 1; i <= 7; i++) await say(ann, id, `m${i}`);
    const page = async (query: string) =>
      (await as(ann, 'GET', `/v1/conversations/${id}/messages?limit=3${query}`)).json;
    const seqs = ({ items }: { items: { seq: number }[] }) => items.map(({ seq }) => seq);
    const last = await page('');
    const middle = await page(`&before=${last.next}`);
    const first = await page(`&before=${middle.next}`);
    expect([seqs(last), seqs(middle), seqs(first), first.next]).toEqual([[5, 6, 7], [2, 3, 4], [1], null]);
    const up = await page('&after=0');
    expect([seqs(up), seqs(await page(`&after=${up.next}`)), seqs(await page('&after=2&before=5'))]).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [3, 4],
    ]);
  });

  test('keep their text to the letter, whatever is in it', async () => {
    const { id } = await group(ann);
    const texts = [
      "'; DROP TABLE x; --",
      'a\u2028\u2029b',
      '👩‍👩‍👧‍👦'.repeat(50),
      `e${'\u0301'.repeat(5000)}`,
      '\u202Eabc',
      '{"$ne":null}',
      '  x  ',
    ];
    for (const text of texts) expect((await say(ann, id, text)).json.text).toBe(text);
    const { items } = (await as(ann, 'GET', `/v1/conversations/${id}/messages`)).json;
    expect(items.map(({ text }: { text: string }) => text)).toEqual(texts);
  });

  test('need a text or a file, of 8,000 characters at most', async () => {
    const { id } = await group(ann);
    for (const blank of ['', '  ', '\u200b\u3164']) expect((await say(ann, id, blank)).json.code).toBe('message-empty');
    expect((await say(ann, id, '👍'.repeat(8000))).status).toBe(201);
    const long = await say(ann, id, '👍'.repeat(8001));
    expect([long.status, long.json.errors[0].field]).toEqual([400, 'text']);
    for (const text of ['\ud800', 'a\0b', 7, null, ['x'], { $gt: '' }])
      expect((await as(ann, 'POST', `/v1/conversations/${id}/messages`, { text })).json.errors[0].field).toBe('text');
  });
});
