// Who is there: told to people who share a conversation, and shown to nobody else.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { MOST_MEMBERS } from '../../src/ws/tellPresence.ts';
import { callAs } from '../support/callAs.ts';
import { meta } from '../support/core.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let port: number;
const clients: Client[] = [];

beforeAll(async () => {
  program = await startProgram({ presenceEvery: 20 });
  port = Number(new URL(program.url).port);
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});

afterAll(async () => {
  for (const client of clients) client.close();
  await program.close();
});

const call = callAs(() => program);
const group = async (owner: Person, members: readonly { id: string }[], more: object = {}): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id), ...more })).id;
const hear = async (who: Person, subscription = {}): Promise<Client> => {
  const client = await listening({ port }, who.token, subscription);
  clients.push(client);
  return client;
};
const people = (...names: string[]): Promise<Person[]> => Promise.all(names.map((name) => program.person(name)));
const presenceOf = async (by: Person, ...of: Person[]) =>
  (await call(by, 'GET', `/v1/presence?users=${of.map(({ id }) => id).join()}`)).items;

/** Own changes come after those that were told before. */
const toldUpTo = async (client: Client, of: Person, about: string) => {
  await call(of, 'PUT', '/v1/me/status', { text: about });
  const marker = await client.next('presence', { userId: of.id });
  if (marker.status?.text !== about) await client.next('presence', { userId: of.id });
  return client.frames.filter(({ type, userId }) => type === 'presence' && userId !== of.id);
};

describe('presence', () => {
  test('is told to those who share a group or a direct chat, and asked by them; to nobody else', async () => {
    const [cleo, dan, eve] = (await people('cleo', 'dan', 'eve')) as [Person, Person, Person];
    await call(ann, 'POST', '/v1/chats', { userId: ben.id });
    const team = await group(ann, [cleo], { public: true });
    const [benHears, cleoHears, danHears, eveHears] = await Promise.all([
      hear(ben),
      hear(cleo),
      // He may read along, but does not belong to the group.
      hear(dan, { conversationIds: [team] }),
      hear(eve),
    ]);
    const annHears = await hear(ann);
    const online = { type: 'presence', userId: ann.id, state: 'online', status: null };
    for (const client of [benHears, cleoHears, annHears])
      expect(await client.next('presence', { userId: ann.id })).toEqual(online);
    annHears.send({ type: 'presence', state: 'dnd' });
    for (const client of [benHears, cleoHears, annHears])
      expect(await client.next('presence', { userId: ann.id })).toEqual({ ...online, state: 'dnd' });
    expect(await toldUpTo(danHears, dan, 'marker')).toEqual([]);
    expect(await toldUpTo(eveHears, eve, 'marker')).toEqual([]);

    const asked = { userId: ann.id, state: 'dnd', status: null };
    expect(await presenceOf(ben, ann, eve)).toEqual([asked]);
    expect(await presenceOf(ann, ann, cleo)).toEqual([asked, { userId: cleo.id, state: 'online', status: null }]);
    expect(await presenceOf(dan, ann)).toEqual([]);
    expect((await call(cleo, 'GET', `/v1/conversations/${team}/presence`)).items).toHaveLength(2);
    for (const [who, code] of [
      [dan, 'not-a-member'],
      [eve, 'not-a-member'],
    ] as const) {
      const refused = await program.call('GET', `/v1/conversations/${team}/presence`, { token: who.token });
      expect(refused.json.code).toBe(code);
    }
  });

  test('is told no more to who has left, nor of them', async () => {
    const [fay, gus, hal] = (await people('fay', 'gus', 'hal')) as [Person, Person, Person];
    const team = await group(fay, [gus, hal]);
    const [fayHears, gusHears] = [await hear(fay), await hear(gus)];
    await fayHears.next('presence', { userId: gus.id });
    await call(gus, 'POST', `/v1/conversations/${team}/leave`);
    await fayHears.next('member-removed', { userId: gus.id });
    await gusHears.next('member-removed', { userId: gus.id });
    fayHears.send({ type: 'presence', state: 'away' });
    gusHears.send({ type: 'presence', state: 'away' });
    await fayHears.next('presence', { userId: fay.id, state: 'away' });
    await gusHears.next('presence', { userId: gus.id, state: 'away' });
    const away = ({ frames }: Client) => frames.filter(({ state }) => state === 'away').map(({ userId }) => userId);
    expect([away(fayHears), away(gusHears)]).toEqual([[fay.id], [gus.id]]);
    await program.settled();
    expect(await presenceOf(fay, gus, hal)).toEqual([{ userId: hal.id, state: 'offline', status: null }]);
  });

  test('is not told in large groups, where members ask', async () => {
    const [ida, jon] = (await people('ida', 'jon')) as [Person, Person];
    const crowd: { readonly id: string }[] = [];
    for (let i = 1; i < MOST_MEMBERS; i++)
      crowd.push(await call(ida, 'POST', '/v1/users', { username: `crowd${i}`, password: PASSWORD }));
    const team = await group(ida, [jon, ...crowd]);
    const [idaHears] = [await hear(ida), await hear(jon)];
    expect(await toldUpTo(idaHears, ida, 'marker')).toEqual([]);
    const { items, more } = await call(ida, 'GET', `/v1/conversations/${team}/presence`);
    expect(items.map(({ userId }: { userId: string }) => userId)).toEqual([ida.id, jon.id]);
    expect(more).toBe(false);
  });

  test('ends with the last socket, and with the account', async () => {
    const [kim, lea] = (await people('kim', 'lea')) as [Person, Person];
    await call(kim, 'POST', '/v1/chats', { userId: lea.id });
    const [kimHears, leaHears] = [await hear(kim), await hear(lea)];
    await kimHears.next('presence', { userId: lea.id, state: 'online' });
    leaHears.close();
    expect(await kimHears.next('presence', { userId: lea.id })).toMatchObject({ state: 'offline' });
  });
});

describe('a status', () => {
  test('is told and shown until it is taken back', async () => {
    const benHears = await hear(ben);
    await call(ann, 'PUT', '/v1/me/status', { text: 'In a meeting', emoji: '❤', endsAt: '2100-01-01T00:00:00Z' });
    const status = { text: 'In a meeting', emoji: '❤️', endsAt: '2100-01-01T00:00:00Z' };
    await benHears.next('presence', { userId: ann.id });
    expect((await presenceOf(ben, ann))[0].status).toEqual(status);
    await call(ann, 'DELETE', '/v1/me/status');
    await call(ann, 'DELETE', '/v1/me/status');
    expect((await presenceOf(ben, ann))[0].status).toBeNull();
  });

  test('of an account that is suspended is gone, and stays so when the account comes back', async () => {
    const [kay, admin] = (await people('kay', 'theo')) as [Person, Person];
    await program.grant(admin.id, 'admin');
    await call(kay, 'POST', '/v1/chats', { userId: ben.id });
    const benHears = await hear(ben);
    await call(kay, 'PUT', '/v1/me/status', { text: 'Buy my pills' });
    expect(await benHears.next('presence', { userId: kay.id })).toMatchObject({ status: { text: 'Buy my pills' } });
    await call(admin, 'PUT', `/v1/users/${kay.id}/suspension`);
    expect(await benHears.next('presence', { userId: kay.id })).toMatchObject({ status: null });
    await call(admin, 'DELETE', `/v1/users/${kay.id}/suspension`);
    expect((await presenceOf(ben, kay))[0]).toMatchObject({ userId: kay.id, status: null });
  });

  test.each([
    [{ text: '' }, 'malformed-request', 'text'],
    [{ text: 'x'.repeat(101) }, 'malformed-request', 'text'],
    [{ text: 'two\nlines' }, 'malformed-request', 'text'],
    [{ text: 'x', emoji: 'ab' }, 'emoji-unknown', 'emoji'],
    [{ text: 'x', endsAt: '2020-01-01T00:00:00Z' }, 'malformed-request', 'endsAt'],
  ])('is refused: %j', async (json, code, field) => {
    const refused = await program.call('PUT', '/v1/me/status', { token: ann.token, json });
    expect(refused.json).toMatchObject({ code, errors: [{ field }] });
  });
});

test('is asked of somebody who has joined hundreds of other groups since, and of those who are in hundreds', async () => {
  const [liz, max, ned] = (await people('liz', 'max', 'ned')) as [Person, Person, Person];
  await group(liz, [max]);
  const create = () => createGroup(program.services.core, meta(max.id), { name: 'team' });
  await Promise.all(Array.from({ length: 501 }, create));
  await program.settled();
  const shown = ({ id }: Person) => ({ userId: id, state: 'offline', status: null });
  expect(await presenceOf(liz, max, ned)).toEqual([shown(max)]);
  expect(await presenceOf(max, ned, liz, max)).toEqual([liz, max].map(shown));
  expect(await presenceOf(ned, ned, liz)).toEqual([shown(ned)]);
});

test('of many people an account asks one request after the other, so that others have their turns', async () => {
  const { turns } = program.services;
  const taken = vi.spyOn(turns, 'take');
  const breaths = vi.spyOn(turns, 'breathe');
  const team = await people(...Array.from({ length: 9 }, (_, i) => `of-many-${i}`));
  await group(ann, team);
  expect(await presenceOf(ann, ...team.slice(0, 3))).toHaveLength(3);
  expect(taken).not.toHaveBeenCalled();
  breaths.mockClear();
  expect(await presenceOf(ann, ...team)).toHaveLength(9);
  expect(taken).toHaveBeenCalledExactlyOnceWith(ann.id, expect.anything(), expect.anything());
  // Her own groups, and those of each.
  expect(breaths).toHaveBeenCalledTimes(10);
  for (const spy of [taken, breaths]) spy.mockRestore();
});
