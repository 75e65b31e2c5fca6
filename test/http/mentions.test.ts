// Whom messages call: who is told, lists and counts, and what nobody learns by it.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { callAs } from '../support/callAs.ts';
import { meta } from '../support/core.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  program = await startProgram();
  [ann, ben, cleo] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cleo')]);
});
afterAll(() => program.close());

const call = callAs(() => program);
const at = (conversationId: string, path = '') => `/v1/conversations/${conversationId}${path}`;
const group = async (owner: Person, members: readonly Person[], more: object = {}): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id), ...more })).id;
const room = async (by: Person): Promise<string> => (await call(by, 'POST', '/v1/rooms', { name: 'lobby' })).id;
const say = (by: Person, where: string, text: string) => call(by, 'POST', at(where, '/messages'), { text });
const mark = (by: Person, where: string, upTo: number) => call(by, 'POST', at(where, '/read'), { upTo });
const remove = (by: Person, where: string, id: string) => call(by, 'DELETE', at(where, `/messages/${id}`));
const restore = (by: Person, where: string, id: string) => call(by, 'POST', at(where, `/messages/${id}/restore`));
const edit = (by: Person, where: string, id: string, text: string) =>
  call(by, 'PATCH', at(where, `/messages/${id}`), { text });
const mentions = async (by: Person, where: string): Promise<number> => (await call(by, 'GET', at(where))).mentions;
/** The texts of all pages, of one conversation or of all. */
const listed = async (by: Person, where?: string, limit = 50): Promise<readonly string[]> => {
  const texts: string[] = [];
  for (let after = ''; ; ) {
    const { items, next } = await call(by, 'GET', `/v1/me/mentions?limit=${limit}${after}`);
    for (const { text, conversationId } of items) if (where === undefined || where === conversationId) texts.push(text);
    if (next === null) return texts;
    after = `&after=${next}`;
  }
};

describe('a name in a message', () => {
  test('calls who has it and may read it, in whatever letters it is written', async () => {
    const team = await group(ann, [ben]);
    const said = await say(ann, team, `Look, @${ben.username.toUpperCase()}!`);
    expect(said).toMatchObject({ mentioned: [ben.id], call: null });
    const [shown] = (await call(ben, 'GET', at(team, '/messages'))).items;
    expect(shown).toEqual(said);
    expect([await mentions(ann, team), await mentions(ben, team)]).toEqual([0, 1]);
    expect(await listed(ben, team)).toEqual([said.text]);
  });

  test('of nobody, of a stranger to a private group, and of the sender alike is only text', async () => {
    const team = await group(ann, [ben]);
    const said = [];
    for (const name of ['nobody-at-all', cleo.username, ann.username]) said.push(await say(ann, team, `@${name}`));
    expect(said.map(({ mentioned, call: called }) => [mentioned, called])).toEqual(Array(3).fill([[], null]));
    expect(await listed(cleo, team)).toEqual([]);
    await call(ann, 'POST', at(team, '/members'), { userId: cleo.id });
    expect(await listed(cleo, team)).toEqual([]);
  });

  test('calls readers of a room and of a public group, who have it in their list', async () => {
    for (const where of [await room(ann), await group(ann, [], { public: true })]) {
      await say(ann, where, `welcome, @${cleo.username}`);
      expect(await listed(cleo, where)).toHaveLength(1);
      // What one is no member of has nothing unread.
      expect(await mentions(cleo, where)).toBe(0);
    }
  });

  test('calls who joins a public group afterwards, in the list and, marked as unread, in the count', async () => {
    const open = await group(ann, [], { public: true });
    const { text } = await say(ann, open, `@${ben.username}`);
    await say(ann, open, '@everyone');
    await call(ben, 'POST', at(open, '/join'));
    expect(await mentions(ben, open)).toBe(0);
    await mark(ben, open, 0);
    expect([await mentions(ben, open), await listed(ben, open)]).toEqual([1, [text]]);
  });

  test('keeps calling the same account when names change hands', async () => {
    const [dora, eve] = [await program.person('dora'), await program.person('eve')];
    const team = await group(ann, [dora, eve]);
    await say(ann, team, '@dora');
    await call(dora, 'PATCH', '/v1/me', { username: 'was-dora' });
    await call(eve, 'PATCH', '/v1/me', { username: 'dora' });
    expect([await mentions(dora, team), await mentions(eve, team)]).toEqual([1, 0]);
    await say(ann, team, '@dora');
    expect([await mentions(dora, team), await mentions(eve, team)]).toEqual([1, 1]);
  });
});

describe('@everyone', () => {
  test('calls all members but the sender, since they joined', async () => {
    const team = await group(ann, [ben]);
    expect(await say(ann, team, '@everyone, tea')).toMatchObject({ call: 'everyone', mentioned: [] });
    await call(ann, 'POST', at(team, '/members'), { userId: cleo.id });
    await say(ann, team, '@everyone and @ben');
    expect([await mentions(ann, team), await mentions(ben, team), await mentions(cleo, team)]).toEqual([0, 2, 1]);
    expect(await listed(ben, team)).toEqual(['@everyone and @ben', '@everyone, tea']);
    expect(await listed(cleo, team)).toEqual(['@everyone and @ben']);
    expect(await listed(ann, team)).toEqual([]);
    await mark(cleo, team, 0);
    expect(await mentions(cleo, team)).toBe(1);
  });

  test('is only text from a member without the right', async () => {
    const team = await group(ann, [ben]);
    expect(await say(ben, team, '@everyone @here')).toMatchObject({ call: null, mentioned: [] });
    expect(await mentions(ann, team)).toBe(0);
  });
});

test('@here calls the members who listen at that moment', async () => {
  const team = await group(ann, [ben, cleo]);
  const { port } = new URL(program.url);
  const hears = await listening({ port: Number(port) }, ben.token);
  try {
    expect(await say(ann, team, '@here')).toMatchObject({ call: 'here', mentioned: [ben.id] });
    expect([await mentions(ben, team), await mentions(cleo, team)]).toEqual([1, 0]);
  } finally {
    hears.close();
  }
});

test('who is there is looked up for a sender who may call all, and for nobody else', async () => {
  const team = await group(ann, [ben]);
  const present = vi.spyOn(program.services.core, 'presentIn');
  await say(ben, team, '@here');
  await program.call('POST', at(team, '/messages'), { token: cleo.token, json: { text: '@here' } });
  expect(present).not.toHaveBeenCalled();
  expect((await say(ann, team, '@here')).call).toBe('here');
  expect(present).toHaveBeenCalledOnce();
  present.mockRestore();
});

test('reading on takes mentions off the count, and marking as unread brings them back', async () => {
  const team = await group(ann, [ben]);
  for (const text of ['@ben one', 'two', '@ben three']) await say(ann, team, text);
  expect(await mentions(ben, team)).toBe(2);
  await mark(ben, team, 1);
  expect(await mentions(ben, team)).toBe(1);
  await mark(ben, team, 3);
  expect(await mentions(ben, team)).toBe(0);
  await mark(ben, team, 2);
  expect(await mentions(ben, team)).toBe(1);
});

test('a removed message calls nobody', async () => {
  const team = await group(ann, [ben]);
  const { id } = await say(ann, team, '@ben');
  const { id: other } = await say(ann, team, '@everyone');
  for (const one of [id, other]) await remove(ann, team, one);
  await say(ann, team, 'tea');
  expect(await mentions(ben, team)).toBe(0);
  expect(await listed(ben, team)).toEqual([]);
  const { items } = await call(ben, 'GET', at(team, '/messages'));
  expect(items.slice(0, 2)).toMatchObject([
    { mentioned: [], call: null },
    { mentioned: [], call: null },
  ]);
});

test('a message that is brought back calls as before', async () => {
  const team = await group(ann, [ben]);
  const said = [await say(ann, team, '@ben'), await say(ann, team, '@everyone')];
  for (const { id } of said) await remove(ann, team, id);
  for (const { id } of said) await restore(ann, team, id);
  expect(await mentions(ben, team)).toBe(2);
  expect(await listed(ben, team)).toEqual(['@everyone', '@ben']);
  const { items } = await call(ben, 'GET', at(team, '/messages'));
  expect(items).toMatchObject([{ mentioned: [ben.id] }, { call: 'everyone' }]);
});

test('an edit calls nobody, and takes no call back', async () => {
  const team = await group(ann, [ben, cleo]);
  const { id } = await say(ann, team, '@ben');
  await edit(ann, team, id, '@cleo @everyone');
  expect([await mentions(ben, team), await mentions(cleo, team)]).toEqual([1, 0]);
  expect([await listed(ben, team), await listed(cleo, team)]).toEqual([['@cleo @everyone'], []]);
  expect(await call(cleo, 'GET', at(team, `/messages/${id}`))).toMatchObject({ mentioned: [ben.id], call: null });
});

test('an account reads one list of mentions after the other, so that others have their turns', async () => {
  const team = await group(ann, [ben]);
  const { text } = await say(ann, team, `@${ben.username}`);
  const end = await program.services.searches.take(ben.id, AbortSignal.timeout(60_000));
  // As many wait as may.
  const asked = Array.from({ length: 9 }, () => program.call('GET', '/v1/me/mentions', { token: ben.token }));
  const { status, json } = await Promise.race(asked);
  expect([status, json.code]).toEqual([503, 'busy']);
  expect(await listed(ann, team)).toEqual([]);
  end();
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(8).fill(200), 503]);
  expect(await listed(ben, team)).toEqual([text]);
});

test('the list of an earlier position has only what its reader sees now', async () => {
  const team = await group(ann, [ben]);
  await say(ann, team, '@ben');
  const then = await program.services.events.head();
  await call(ben, 'POST', at(team, '/leave'));
  await call(ann, 'POST', at(team, '/members'), { userId: ben.id });
  const early = async () =>
    (await call(ben, 'GET', `/v1/me/mentions?asOf=${then}`)).items.filter(
      ({ conversationId }: { conversationId: string }) => conversationId === team,
    ).length;
  expect(await early()).toBe(1);
  expect((await call(ben, 'GET', at(team, `?asOf=${then}`))).mentions).toBe(1);
  await call(ann, 'PATCH', at(team, '/policy'), { history: 'since-joining' });
  expect(await early()).toBe(0);
  expect((await call(ben, 'GET', at(team, `?asOf=${then}`))).mentions).toBe(0);
});

test('who left a private group before a message that was under way is not called, nor after coming back', async () => {
  const team = await group(ann, [ben]);
  // The conversation as the message was decided: ben was a member. Then he leaves before it is recorded.
  const { core } = program.services;
  const append: typeof core.messages.append = async (...args) => {
    await call(ben, 'POST', at(team, '/leave'));
    return core.messages.append(...args);
  };
  const slow = { ...core, messages: { ...core.messages, append } };
  await sendMessage(slow, meta(ann.id), { conversationId: team, text: '@ben' });
  await program.settled();
  const [recorded] = (await call(ann, 'GET', at(team, '/messages'))).items;
  expect(recorded.mentioned).toEqual([ben.id]);
  expect(await listed(ben, team)).toEqual([]);
  await call(ann, 'POST', at(team, '/members'), { userId: ben.id });
  await mark(ben, team, 0);
  expect(await listed(ben, team)).toEqual([]);
  expect(await mentions(ben, team)).toBe(0);
  await say(ann, team, '@ben again');
  expect(await listed(ben, team)).toEqual(['@ben again']);
  await call(ben, 'POST', at(team, '/leave'));
  expect(await listed(ben, team)).toEqual([]);
});

test('what one has not read, in all and by conversation', async () => {
  const gil = await program.person('gil');
  expect(await call(gil, 'GET', '/v1/me/unread')).toEqual({ unread: 0, mentions: 0, items: [], complete: true });
  const [one, two, three] = [await group(ann, [gil]), await group(ann, [gil]), await group(ann, [gil])];
  await say(ann, one, 'hello');
  for (const text of ['@gil', '@everyone', 'tea']) await say(ann, two, text);
  await say(gil, three, 'mine');
  expect(await call(gil, 'GET', '/v1/me/unread')).toEqual({
    unread: 4,
    mentions: 2,
    items: [
      { conversationId: two, unread: 3, mentions: 2 },
      { conversationId: one, unread: 1, mentions: 0 },
    ],
    complete: true,
  });
  const { items } = await call(gil, 'GET', '/v1/conversations?order=activity');
  expect(items.map(({ mentions: count }: { mentions: number }) => count)).toEqual([0, 2, 0]);
});

test('in any order of talk, comings, goings and readings, counts and pages are what was said to whom', async () => {
  const people = [ann, ben, cleo];
  const step = fc.record({
    does: fc.constantFrom('say', 'say', 'say', 'leave', 'add', 'mark', 'remove', 'restore', 'edit'),
    by: fc.nat({ max: 2 }),
    to: fc.nat({ max: 4 }),
    which: fc.nat({ max: 9 }),
  });
  const texts = [...people.map(({ username }) => `@${username}`), '@everyone', 'nobody'];
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, limit) => {
        const team = await group(ann, [ben, cleo]);
        const said: { id: string; text: string; by: Person; called: Set<Person>; removed: boolean }[] = [];
        /** How much had been said when each last joined, and how far each has read. */
        const since = new Map(people.map((person) => [person, 0]));
        const read = new Map(people.map((person) => [person, 0]));
        for (const { does, by, to, which } of steps) {
          const person = people[by]!;
          if (does === 'say' && since.has(person)) {
            const text = `${texts[to]} ${said.length}`;
            const { id } = await say(person, team, text);
            const called =
              to === 3 ? (person === ann ? people.filter((one) => since.has(one)) : []) : people.slice(to, to + 1);
            said.push({
              id,
              text,
              by: person,
              called: new Set(called.filter((one) => one !== person && since.has(one))),
              removed: false,
            });
          }
          if (does === 'leave' && person !== ann && since.delete(person))
            await call(person, 'POST', at(team, '/leave'));
          if (does === 'add' && !since.has(person)) {
            await call(ann, 'POST', at(team, '/members'), { userId: person.id });
            since.set(person, said.length);
            read.set(person, said.length);
          }
          if (does === 'mark' && since.has(person)) {
            const upTo = Math.min(which, said.length);
            await mark(person, team, upTo);
            read.set(person, upTo);
          }
          const message = said[which];
          if (does === 'remove' && message && since.has(message.by)) {
            await remove(message.by, team, message.id);
            message.removed = true;
          }
          if (does === 'restore' && message && since.has(message.by)) {
            await restore(message.by, team, message.id);
            message.removed = false;
          }
          if (does === 'edit' && message && since.has(message.by) && !message.removed) {
            message.text = `${texts[to]} edited ${which}`;
            await edit(message.by, team, message.id, message.text);
          }
        }
        for (const person of people) {
          const from = since.get(person);
          const calls = said.flatMap(({ text, called, removed }, i) =>
            from !== undefined && i >= from && called.has(person) && !removed ? [{ text, seq: i + 1 }] : [],
          );
          expect(await listed(person, team, limit)).toEqual(calls.map(({ text }) => text).toReversed());
          if (from === undefined) continue;
          expect(await mentions(person, team)).toBe(calls.filter(({ seq }) => seq > read.get(person)!).length);
        }
      },
    ),
    { numRuns: 8 },
  );
}, 60_000);

test('a message without a call writes nothing but what it wrote before', async () => {
  const team = await group(ann, [ben]);
  const { id } = await say(ann, team, 'mail to ann@example.org');
  const doc = (await program.services.queries.messagesById([id])).get(id)!;
  expect(Object.keys(doc)).not.toContain('mentioned');
  expect(Object.keys(doc)).not.toContain('call');
  expect(await mentions(ben, team)).toBe(0);
});
