// What people mean by unread: what others said since one came, that one has not read.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importConversation } from '../../src/commands/importConversation.ts';
import { callAs } from '../support/callAs.ts';
import { logLines } from '../support/logLines.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let ben: Person;
let people: readonly Person[];

beforeAll(async () => {
  program = await startProgram();
  people = await Promise.all(['ann', 'ben', 'cleo'].map((name) => program.person(name)));
  [ann, ben] = people as [Person, Person];
});
afterAll(() => program.close());

const call = callAs(() => program);
const at = (conversationId: string, path = '') => `/v1/conversations/${conversationId}${path}`;
const group = async (owner: Person, members: readonly Person[], more: object = {}): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id), ...more })).id;
const say = async (by: Person, where: string, text = 'hello'): Promise<string> =>
  (await call(by, 'POST', at(where, '/messages'), { text })).id;
const mark = (by: Person, where: string, upTo: number) => call(by, 'POST', at(where, '/read'), { upTo });
const shown = async (by: Person, where: string): Promise<readonly [unread: number, readUpTo: number]> => {
  const { unread, readUpTo } = await call(by, 'GET', at(where));
  return [unread, readUpTo];
};
const unread = async (by: Person, where: string) => (await shown(by, where))[0];

test('what one says oneself is not unread, and saying it reads nothing of the others', async () => {
  const team = await group(ann, [ben]);
  await say(ann, team);
  expect([await unread(ann, team), await unread(ben, team)]).toEqual([0, 1]);
  await say(ben, team);
  expect([await unread(ann, team), await unread(ben, team)]).toEqual([1, 1]);
});

describe('what was there before is read', () => {
  test('for who joins, leaves and comes back', async () => {
    const open = await group(ann, [], { public: true });
    for (const text of ['one', 'two']) await say(ann, open, text);
    await call(ben, 'POST', at(open, '/join'));
    expect(await shown(ben, open)).toEqual([0, 2]);
    await say(ann, open, 'three');
    expect(await unread(ben, open)).toBe(1);
    await call(ben, 'POST', at(open, '/leave'));
    await say(ann, open, 'four');
    expect(await unread(ben, open)).toBe(0);
    await call(ben, 'POST', at(open, '/join'));
    expect(await shown(ben, open)).toEqual([0, 4]);
    await say(ann, open, 'five');
    expect(await unread(ben, open)).toBe(1);
  });

  test('for who is added', async () => {
    const team = await group(ann, []);
    await say(ann, team);
    await call(ann, 'POST', at(team, '/members'), { userId: ben.id });
    expect(await shown(ben, team)).toEqual([0, 1]);
  });

  test('and who comes back can mark as unread from where they were before', async () => {
    const open = await group(ann, [], { public: true });
    await call(ben, 'POST', at(open, '/join'));
    for (const text of ['one', 'two']) await say(ann, open, text);
    await mark(ben, open, 1);
    await call(ben, 'POST', at(open, '/leave'));
    await call(ben, 'POST', at(open, '/join'));
    expect(await shown(ben, open)).toEqual([0, 2]);
    await mark(ben, open, 1);
    expect(await shown(ben, open)).toEqual([1, 1]);
  });
});

test('a conversation that one is not in has nothing unread: a room, a public group, a group one has left', async () => {
  const room = (await call(ann, 'POST', '/v1/rooms', { name: 'lobby' })).id;
  const open = await group(ann, [], { public: true });
  for (const where of [room, open]) await say(ann, where);
  await say(ben, room);
  for (const where of [room, open]) expect(await unread(ben, where)).toBe(0);
  expect(await unread(ann, room)).toBe(0);
  const listed = (await call(ben, 'GET', '/v1/conversations?scope=listed&limit=100')).items;
  for (const { id, unread: count } of listed) if ([room, open].includes(id)) expect(count).toBe(0);
  await mark(ben, room, 1);
  expect(await shown(ben, room)).toEqual([0, 1]);
});

describe('marking as read', () => {
  test('beyond the last message means up to it: what comes later is unread', async () => {
    const team = await group(ann, [ben]);
    await say(ann, team);
    await mark(ben, team, 1_000_000);
    expect(await shown(ben, team)).toEqual([0, 1]);
    await say(ann, team);
    expect(await unread(ben, team)).toBe(1);
  });

  test('goes back: as unread from here', async () => {
    const team = await group(ann, [ben]);
    for (const text of ['one', 'two', 'three']) await say(ann, team, text);
    await say(ben, team, 'four');
    await mark(ben, team, 4);
    await mark(ben, team, 1);
    expect(await shown(ben, team)).toEqual([2, 1]);
    await mark(ben, team, 0);
    expect(await shown(ben, team)).toEqual([3, 0]);
  });
});

test('a direct chat has unread messages from its start', async () => {
  const { id } = await call(ann, 'POST', '/v1/chats', { userId: ben.id });
  await say(ann, id);
  expect([await unread(ann, id), await unread(ben, id)]).toEqual([0, 1]);
});

test('history that was imported is unread to nobody', async () => {
  const { core, queries } = program.services;
  const lines = ['kim', 'lee', 'kim'].map((nick, i) => ({
    ...({ kind: 'said', line: i + 1, nick, text: `line ${i}` } as const),
    at: `2009-08-06T12:0${i}:00.000Z`,
  }));
  const wish = { source: 'irc', name: 'old times', ownerId: ann.id, lines: logLines({ source: 'a.log', lines }) };
  await importConversation(core, queries, program.settled, wish);
  await program.settled();
  const mine = (await call(ann, 'GET', '/v1/conversations?limit=100')).items;
  const { id, ...old } = mine.find(({ name }: { name: string }) => name === 'old times');
  expect(old).toMatchObject({ messageCount: 3, unread: 0 });
  await call(ben, 'POST', at(id, '/join'));
  await say(ben, id, 'today');
  expect(await unread(ann, id)).toBe(1);
});

test('at any time, each has unread what the model says', async () => {
  const who = fc.nat({ max: 2 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('say' as const), who, place: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constantFrom('mark' as const, 'remove' as const, 'come' as const, 'go' as const),
        who,
        place: fc.nat({ max: 12 }),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 24 }), async (steps) => {
      const open = await group(ann, [ben], { public: true });
      const said: { readonly id: string; readonly by: Person; isRemoved: boolean }[] = [];
      const readUpTo = new Map([ann, ben].map((one) => [one, 0]));
      for (const { does, who: index, place } of steps) {
        const one = people[index]!;
        const isIn = readUpTo.has(one);
        const old = said[place];
        if (does === 'say' && isIn) said.push({ id: await say(one, open), by: one, isRemoved: false });
        if (does === 'mark') await mark(one, open, place);
        if (does === 'mark' && isIn) readUpTo.set(one, Math.min(place, said.length));
        if (does === 'remove' && old) {
          await call(old.by, 'DELETE', at(open, `/messages/${old.id}`));
          old.isRemoved = true;
        }
        if (does === 'come') await call(one, 'POST', at(open, '/join'));
        if (does === 'come' && !isIn) readUpTo.set(one, said.length);
        if (does === 'go') await call(one, 'POST', at(open, '/leave'));
        if (does === 'go') readUpTo.delete(one);
      }
      for (const one of people) {
        const from = readUpTo.get(one);
        const left = said.filter(({ by, isRemoved }, i) => from !== undefined && i >= from && by !== one && !isRemoved);
        const [count, place] = await shown(one, open);
        expect(count).toBe(left.length);
        if (from === undefined) continue;
        expect(place).toBe(from);
        const mine = (await call(one, 'GET', '/v1/conversations?limit=100')).items;
        expect(mine.find(({ id }: { id: string }) => id === open)).toMatchObject({ unread: count, readUpTo: place });
      }
    }),
    { numRuns: 5 },
  );
});
