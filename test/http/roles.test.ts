// Roles of a group and policies of conversations, as clients give, set, see and meet them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Conversation, Member } from '../../src/api/answers.ts';
import { tongues } from '../dialects/tongues.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { connect, listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let cleo: Person;
let now = Date.now();
beforeAll(async () => {
  program = await startProgram({ now: () => new Date(now) });
  [ann, ben, cleo] = [await program.person('ann'), await program.person('ben'), await program.person('cleo')];
});
afterAll(() => program.close());

const server = () => ({ port: Number(new URL(program.url).port) });
const call = (by: Person, method: string, path: string, json?: unknown) =>
  program.call(method, `/v1${path}`, { token: by.token, ...(json === undefined ? {} : { json }) });
const groupOf = async (members: readonly Person[] = [ben], more: object = {}) =>
  (await call(ann, 'POST', '/groups', { name: 'Team', memberIds: members.map(({ id }) => id), ...more })).json;
const say = (by: Person, group: string, text = 'hello') =>
  call(by, 'POST', `/conversations/${group}/messages`, { text });
const give = (group: string, { id }: Person, role: string, by = ann) =>
  call(by, 'PUT', `/conversations/${group}/members/${id}/role`, { role });
const set = (group: string, policy: object, by = ann) => call(by, 'PATCH', `/conversations/${group}/policy`, policy);
const met = ({ status, json }: { status: number; json: { code?: string } | undefined }) => [status, json?.code];

describe('a role', () => {
  test('is given by an owner, told to all, and shown with the members', async () => {
    const { id: group } = await groupOf([ben, cleo]);
    const hears = await listening(server(), cleo.token);
    const before = await program.services.events.head();
    expect((await give(group, ben, 'moderator')).status).toBe(204);
    const { position, ...told } = await hears.next('member-changed');
    expect(told).toEqual({
      type: 'member-changed',
      conversationId: group,
      userId: ben.id,
      role: 'moderator',
      by: ann.id,
    });
    const later = await listening(server(), ann.token, { after: before });
    expect(later.frames.find(({ type }) => type === 'member-changed')).toEqual({ position, ...told });
    const roles = async (query = '') =>
      (await call(cleo, 'GET', `/conversations/${group}/members${query}`)).json.items.map((one: unknown) => {
        const { user, role } = Member.parse(one);
        return [user.username, role];
      });
    const all = [
      ['ann', 'owner'],
      ['ben', 'moderator'],
      ['cleo', 'member'],
    ];
    expect(await roles()).toEqual(all);
    for (const role of ['owner', 'moderator', 'member', 'reader'])
      expect(await roles(`?role=${role}`)).toEqual(all.filter(([, one]) => one === role));
    expect(await roles(`?role=owner&asOf=${before}`)).toEqual([['ann', 'owner']]);
    expect(await roles(`?role=moderator&asOf=${before}`)).toEqual([]);
    expect((await call(ben, 'GET', `/conversations/${group}`)).json.role).toBe('moderator');
    for (const client of [hears, later]) client.close();
  });

  test('may come with the membership, and a retry is answered the same', async () => {
    const { id: group } = await groupOf([]);
    const add = () =>
      program.call('POST', `/v1/conversations/${group}/members`, {
        token: ann.token,
        json: { userId: ben.id, role: 'reader' },
        headers: { 'Idempotency-Key': 'one' },
      });
    const first = await add();
    expect(first.json).toMatchObject({ user: { id: ben.id }, role: 'reader' });
    await give(group, ben, 'moderator');
    expect((await add()).json).toEqual(first.json);
    expect((await call(ben, 'GET', `/conversations/${group}`)).json.role).toBe('moderator');
  });

  test('of a reader lets it do nothing but read, by any way in', async () => {
    const { id: group, number } = await groupOf();
    const { id: messageId } = (await say(ann, group)).json;
    await give(group, ben, 'reader');
    expect(met(await say(ben, group))).toEqual([403, 'read-only']);
    expect(met(await call(ben, 'POST', `/conversations/${group}/members`, { userId: cleo.id }))).toEqual([
      403,
      'read-only',
    ]);
    expect((await call(ben, 'GET', `/conversations/${group}/messages/${messageId}`)).status).toBe(200);
    const [annHears, benHears] = [await listening(server(), ann.token), await listening(server(), ben.token)];
    benHears.send({ type: 'send', key: 's', conversationId: group, text: 'psst' });
    expect(await benHears.next('refused')).toMatchObject({ key: 's', code: 'read-only' });
    benHears.send({ type: 'typing', key: 't', conversationId: group });
    expect(await benHears.next('refused')).toMatchObject({ key: 't', code: 'read-only', field: 'conversationId' });
    await say(ann, group, 'marker');
    await annHears.next('message');
    expect(annHears.frames.filter(({ type }) => type === 'typing')).toEqual([]);
    const { tokenOf } = { tokenOf: (one: Person) => ({ ...one, email: '' }) };
    const place = { kind: 'group' as const, id: group, number, people: [tokenOf(ann), tokenOf(ben)] as const };
    for (const tongue of tongues.filter(({ kinds, hear }) => kinds.includes('group') && hear === undefined)) {
      await expect(tongue.say(program, place, tokenOf(ben), 'psst'), tongue.name).rejects.toThrow('403');
      expect(await tongue.read(program, place, tokenOf(ben)), tongue.name).toContain('marker');
    }
    for (const client of [annHears, benHears]) client.close();
  });

  test('of a moderator lets it type and write where only moderators may, and members hear it', async () => {
    const { id: group } = await groupOf([ben, cleo]);
    await set(group, { write: 'moderators' });
    const [benHears, cleoHears] = [await listening(server(), ben.token), await listening(server(), cleo.token)];
    benHears.send({ type: 'typing', key: 't', conversationId: group });
    expect(await benHears.next('refused')).toMatchObject({ key: 't', code: 'read-only' });
    expect(met(await say(ben, group))).toEqual([403, 'read-only']);
    await give(group, ben, 'moderator');
    const again = await listening(server(), ben.token);
    again.send({ type: 'typing', conversationId: group });
    expect(await cleoHears.next('typing')).toMatchObject({ userId: ben.id });
    expect((await say(ben, group)).status).toBe(201);
    await cleoHears.next('message');
    for (const client of [benHears, cleoHears, again]) client.close();
  });
});

describe('a policy', () => {
  test('is shown whole, set in part, told to all, and as it was at an earlier moment', async () => {
    const made = await groupOf();
    const first = {
      ...{ write: 'members', invite: 'owners', pin: 'members', callAll: 'moderators', history: 'all' },
      ...{ versions: 'everyone', editFor: null, removeFor: null, slowMode: 0, receipts: true },
    };
    expect(Conversation.parse(made).policy).toEqual(first);
    const hears = await listening(server(), ben.token);
    const before = await program.services.events.head();
    const changed = await set(made.id, { editFor: 3600, pin: 'moderators' });
    expect(changed.json.policy).toEqual({ ...first, editFor: 3600, pin: 'moderators' });
    const told = await hears.next('conversation');
    expect(told.changes).toEqual({ policy: changed.json.policy });
    const path = `/conversations/${made.id}`;
    expect((await call(ben, 'GET', path)).json.policy).toEqual(changed.json.policy);
    expect((await call(ben, 'GET', `${path}?asOf=${before}`)).json.policy).toEqual(first);
    hears.close();
  });

  test.each([
    [{ slowMode: 21_601 }, 'slowMode'],
    [{ slowMode: -1 }, 'slowMode'],
    [{ editFor: 315_360_001 }, 'editFor'],
    [{ removeFor: 0.5 }, 'removeFor'],
    [{ write: 'readers' }, 'write'],
    [{ manners: 'good' }, 'manners'],
  ])('%o is refused', async (policy, field) => {
    const { id } = await groupOf();
    const { status, json } = await set(id, policy);
    expect([status, json.code, json.errors[0].field]).toEqual([400, 'malformed-request', field]);
  });

  test('lets whom it names add members', async () => {
    const { id: group } = await groupOf();
    const add = () => call(ben, 'POST', `/conversations/${group}/members`, { userId: cleo.id });
    expect(met(await add())).toEqual([403, 'not-an-owner']);
    await set(group, { invite: 'members' });
    expect((await add()).status).toBe(201);
  });

  test('is nothing that a direct chat has: its two are told so, and nobody else learns of it', async () => {
    const { id: chat } = (await call(ann, 'POST', '/chats', { userId: ben.id })).json;
    expect(met(await set(chat, { slowMode: 5 }))).toEqual([409, 'cannot-set-for-this-kind']);
    expect(met(await set(chat, { slowMode: 5 }, cleo))).toEqual([404, 'conversation-unknown']);
    expect(met(await call(ann, 'PATCH', `/conversations/${chat}`, { name: 'Ours' }))).toEqual([
      409,
      'cannot-set-for-this-kind',
    ]);
  });

  test('of a room is set by who opened it', async () => {
    const { id: room } = (await call(ann, 'POST', '/rooms', { name: 'Lobby' })).json;
    expect(met(await set(room, { write: 'moderators' }, ben))).toEqual([403, 'not-an-owner']);
    expect((await set(room, { write: 'moderators' })).status).toBe(200);
    expect(met(await say(ben, room))).toEqual([403, 'read-only']);
    expect((await say(ann, room)).status).toBe(201);
    const refused = await set(room, { receipts: true });
    expect([...met(refused), refused.json.errors[0].field]).toEqual([409, 'cannot-set-for-this-kind', 'receipts']);
    const hears = await listening(server(), ben.token, { conversationIds: [room] });
    hears.send({ type: 'typing', key: 't', conversationId: room });
    expect(await hears.next('refused')).toMatchObject({ code: 'read-only' });
    hears.close();
  });
});

describe('slow mode', () => {
  test('says how long to wait, over HTTP, at a socket and to foreign clients, and ends', async () => {
    const { id: group, number } = await groupOf([ben], { slug: 'slow' });
    await set(group, { slowMode: 30 });
    expect((await say(ben, group)).status).toBe(201);
    now += 1000;
    const refused = await say(ben, group);
    expect([...met(refused), refused.headers.get('retry-after')]).toEqual([429, 'slow-mode', '29']);
    const hears = await listening(server(), ben.token);
    hears.send({ type: 'send', key: 's', conversationId: group, text: 'psst' });
    expect(await hears.next('refused')).toMatchObject({ key: 's', code: 'slow-mode', retryAfter: 29 });
    hears.close();
    const json = { content: 'psst' };
    const foreign = await program.call('POST', `/solari/api/solarigroup/${number}/messages/`, {
      token: ben.token,
      json,
    });
    expect([foreign.status, foreign.headers.get('retry-after')]).toEqual([429, '29']);
    expect(foreign.text).toContain('Expected available in 29 seconds');
    const nargil = await connect(server(), {
      path: '/cht/ws/chat/slow/',
      headers: { Authorization: `Bearer ${ben.token}` },
    });
    nargil.send({ message: 'psst' });
    expect((await nargil.closed).code).toBe(4429);
    now += 29_000;
    expect((await say(ben, group)).status).toBe(201);
    await set(group, { slowMode: 0 });
    expect((await say(ben, group)).status).toBe(201);
  });
});
