// In private groups whose policy says so, members see what was sent since they joined: by every way in and by every question.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import type { Page } from '../../src/projections/queries.ts';
import { tongues } from '../dialects/tongues.ts';
import { meta } from '../support/core.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { listening } from '../support/sockets.ts';
import { isDistributed } from '../support/stores.ts';

let program: Program;
let ann: Person;
let ben: Person;
let cleo: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben, cleo] = [await program.person('ann'), await program.person('ben'), await program.person('cleo')];
});
afterAll(() => program.close());

const server = () => ({ port: Number(new URL(program.url).port) });
const call = async (by: Person, method: string, path: string, json?: unknown) => {
  const reply = await program.call(method, `/v1${path}`, { token: by.token, ...(json === undefined ? {} : { json }) });
  return { ...reply.json, status: reply.status };
};
const groupOf = async (members: readonly Person[] = []) =>
  call(ann, 'POST', '/groups', { name: 'Team', memberIds: members.map(({ id }) => id) });
const say = (group: string, text: string, more: object = {}) =>
  call(ann, 'POST', `/conversations/${group}/messages`, { text, ...more });
const add = (group: string, { id: userId }: Person) => call(ann, 'POST', `/conversations/${group}/members`, { userId });
const leave = (group: string, by: Person) => call(by, 'POST', `/conversations/${group}/leave`);
const set = (group: string, history: string) => call(ann, 'PATCH', `/conversations/${group}/policy`, { history });
const texts = async (by: Person, group: string, query = '') =>
  (await call(by, 'GET', `/conversations/${group}/messages${query}`)).items?.map(({ text }: { text: string }) => text);
const store = async () =>
  (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'bytes' })).json.id as string;

test('a member reads from its joining on, who made the group reads all, and the policy opens the rest again', async () => {
  const { id: group, number } = await groupOf();
  const fileId = await store();
  const old = await say(group, 'one', { fileId });
  await say(group, 'two');
  await set(group, 'since-joining');
  await add(group, ben);
  const path = `/conversations/${group}`;
  const see = () => call(ben, 'GET', path);
  const file = async () => (await call(ben, 'GET', `/files/${fileId}`)).status;
  expect(await texts(ben, group)).toEqual([]);
  expect(await see()).toMatchObject({ lastMessage: null, unread: 0, messageCount: 2 });
  expect(
    (await call(ben, 'GET', '/conversations')).items.find(({ id }: { id: string }) => id === group).lastMessage,
  ).toBe(null);
  expect(
    (await call(ben, 'GET', '/conversations?order=activity')).items.find(({ id }: { id: string }) => id === group)
      .lastMessage,
  ).toBe(null);
  expect(await file()).toBe(404);
  const { id: three } = await say(group, 'three');
  await say(group, 'four');
  for (const query of ['', '?after=0', '?limit=3', '?before=5', '?around=3&limit=4', `?around=${three}`])
    expect([query, await texts(ben, group, query)]).toEqual([query, ['three', 'four']]);
  expect(await texts(ben, group, '?before=4')).toEqual(['three']);
  const page = await call(ben, 'GET', `${path}/messages?limit=1`);
  expect([page.items[0].text, page.next]).toEqual(['four', '4']);
  expect(await call(ben, 'GET', `${path}/messages?limit=1&before=3`)).toMatchObject({ items: [], next: null });
  for (const query of ['?around=2', `?around=${old.id}`])
    expect(await call(ben, 'GET', `${path}/messages${query}`)).toMatchObject({ status: 404, code: 'message-unknown' });
  expect(await call(ben, 'GET', `${path}/messages/${old.id}`)).toMatchObject({ status: 404, code: 'message-unknown' });
  expect(await call(ben, 'DELETE', `${path}/messages/${old.id}`)).toMatchObject({
    status: 404,
    code: 'message-unknown',
  });
  expect((await call(ben, 'GET', `${path}/messages/${three}`)).text).toBe('three');
  await call(ben, 'POST', `${path}/read`, { upTo: 0 });
  expect(await see()).toMatchObject({ unread: 2, lastMessage: { text: 'four' } });
  expect(await texts(ann, group)).toEqual(['one', 'two', 'three', 'four']);
  const place = {
    kind: 'group' as const,
    id: group,
    number,
    people: [
      { ...ann, email: '' },
      { ...ben, email: '' },
    ] as const,
  };
  for (const tongue of tongues.filter(({ kinds }) => kinds.includes('group'))) {
    const read = [...(await tongue.read(program, place, place.people[1]))].toSorted();
    expect([tongue.name, read]).toEqual([tongue.name, ['four', 'three']]);
  }
  const foreignFile = async ({ token }: Person) =>
    (await program.call('GET', `/django-chat/api/messages/files/${old.number}/`, { token })).status;
  expect([await foreignFile(ann), await foreignFile(ben)]).toEqual([200, 404]);
  await say(group, 'again', { fileId });
  expect(await file()).toBe(200);
  await set(group, 'all');
  expect(await texts(ben, group)).toEqual(['one', 'two', 'three', 'four', 'again']);
  expect((await call(ben, 'GET', `${path}/messages/${old.id}`)).text).toBe('one');
});

test('the order by activity, and its cursors, tell nothing of what was said before', async () => {
  const dora = await program.person('dora');
  const groups = [await groupOf(), await groupOf(), await groupOf()];
  const [oldest, older, newer] = groups;
  await set(older.id, 'since-joining');
  const { at } = await say(older.id, 'one');
  for (const { id } of groups) await add(id, dora);
  const head = await program.services.events.head();
  for (const query of ['/conversations?order=activity&limit=1', `/conversations?order=activity&limit=1&asOf=${head}`]) {
    const ids: string[] = [];
    for (let after = ''; ; ) {
      const { items, next } = await call(dora, 'GET', query + after);
      ids.push(items[0].id);
      if (next === null) break;
      expect(Buffer.from(next, 'base64url').toString()).not.toContain(at);
      after = `&after=${next}`;
    }
    expect(ids).toEqual([newer.id, older.id, oldest.id]);
  }
  const first = async () => (await call(dora, 'GET', '/sync?conversations=1')).conversations.items[0].id;
  expect(await first()).toBe(newer.id);
  await say(older.id, 'two');
  expect(await first()).toBe(older.id);
});

test('no page of pins or threads tells that there are others, of what was said before', async () => {
  const { id: group } = await groupOf([cleo]);
  const path = `/conversations/${group}`;
  const pin = (by: Person, { id }: { id: string }) => call(by, 'PUT', `${path}/messages/${id}/pin`, {});
  const [one, two] = [await say(group, 'one'), await say(group, 'two')];
  await say(group, 'in a thread', { threadId: one.id });
  await pin(cleo, one);
  await set(group, 'since-joining');
  await add(group, ben);
  const three = await say(group, 'three');
  await say(group, 'in another one', { threadId: three.id });
  await pin(ann, three);
  await pin(cleo, two);
  const four = await say(group, 'four');
  await say(group, 'in the last one', { threadId: four.id });
  await pin(ann, four);
  const page = async (by: Person, list: string, query: string) => {
    const { items, next, included } = await call(by, 'GET', `${path}/${list}?${query}`);
    const said = items.map(({ message, root = message }: Record<string, { text: string }>) => root!.text);
    return { said, people: included.users.map(({ username }: { username: string }) => username), next };
  };
  for (const list of ['pins', 'threads']) {
    expect(await page(ben, list, 'limit=3')).toEqual({ said: ['four', 'three'], people: ['ann'], next: null });
    expect((await page(ann, list, 'limit=4')).said).toHaveLength(list === 'pins' ? 4 : 3);
  }
  const { said, next } = await page(ben, 'pins', 'limit=1');
  expect(said).toEqual(['four']);
  expect(await page(ben, 'pins', `limit=1&after=${next}`)).toEqual({ said: ['three'], people: ['ann'], next: null });
});

test('an admin edits no message of its own from an earlier membership, as it is told', async () => {
  const boss = await program.person('boss');
  await program.grant(boss.id, 'admin');
  const { id: group } = await groupOf([boss]);
  const path = `/conversations/${group}/messages`;
  const { id } = await call(boss, 'POST', path, { text: 'mine' });
  await set(group, 'since-joining');
  await leave(group, boss);
  await add(group, boss);
  const edited = await call(boss, 'PATCH', `${path}/${id}`, { text: 'changed' });
  expect(edited).toMatchObject({ status: 404, code: 'message-unknown' });
  expect(await texts(ann, group)).toEqual(['mine']);
});

test('a file is read where a message that one sees has it, wherever else it was sent', async () => {
  const [first, second] = [(await groupOf()).id, (await groupOf()).id].toSorted();
  const fileId = await store();
  await say(first, 'one', { fileId });
  await say(second, 'two', { fileId });
  await set(first, 'since-joining');
  await add(first, ben);
  await program.settled();
  const file = () => program.services.queries.readableFile(fileId, ben.id);
  expect(await file()).toBeUndefined();
  await add(second, ben);
  await program.settled();
  expect(await file()).toBeDefined();
});

test('at an earlier position nobody sees more than now, auditors aside', async () => {
  const { id: group } = await groupOf([ben]);
  await say(group, 'one');
  const early = await program.services.events.head();
  await leave(group, ben);
  await say(group, 'two');
  await add(group, ben);
  await say(group, 'three');
  expect(await texts(ben, group, `?asOf=${early}`)).toEqual(['one']);
  await set(group, 'since-joining');
  const head = await program.services.events.head();
  expect(await texts(ben, group, `?asOf=${early}`)).toEqual([]);
  expect(await texts(ben, group, `?asOf=${head}`)).toEqual(['three']);
  expect((await call(ben, 'GET', `/conversations/${group}?asOf=${early}`)).lastMessage).toBe(null);
  const { queriesAt } = program.services;
  const place = { conversationId: group, seq: 1 };
  for (const seesAll of [false, true])
    expect(await queriesAt(early, { userId: ben.id, seesAll }).seesEach(ben.id, [place])).toEqual([seesAll]);
  expect(await texts(ann, group, `?asOf=${head}`)).toEqual(['one', 'two', 'three']);
  const eve = await program.person('eve');
  await program.grant(eve.id, 'auditor');
  expect(await texts(eve, group, `?asOf=${early}`)).toEqual(['one']);
});

test('sockets that come back, and such as watch the group by name, are sent nothing from before', async () => {
  const after = await program.services.events.head();
  const { id: group } = await groupOf([ben]);
  await say(group, 'one');
  await leave(group, ben);
  await say(group, 'two');
  await set(group, 'since-joining');
  await add(group, ben);
  await say(group, 'three');
  const hears = await listening(server(), ben.token, { after, conversationIds: [group] });
  const heard = hears.frames.filter(({ type, conversationId }) => type === 'message' && conversationId === group);
  expect(heard.map(({ message }) => message.text)).toEqual(['three']);
  hears.close();
});

type Step =
  | { readonly does: 'say' | 'join' | 'leave' | 'remove'; readonly who: number }
  | { readonly does: 'set'; readonly to: 'all' | 'since-joining' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('say' as const), who: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constantFrom('join' as const, 'leave' as const),
      who: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('remove' as const), who: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('set' as const),
      to: fc.constantFrom('all' as const, 'since-joining' as const),
    }),
  },
);

interface Said {
  readonly id: string;
  readonly by: number;
  readonly fileId: string | null;
  removed: boolean;
}

/** Everything that the program answers about these messages to one reader, as the `seq` of those that it shows. */
const shownTo = async (group: string, reader: Person, said: readonly Said[]) => {
  const { queries, queriesAt, events } = program.services;
  const all = said.map((_, i) => i + 1);
  const past = queriesAt(await events.head(), { userId: reader.id, seesAll: false });
  const found = await queries.readable(group, reader.id);
  const listed: number[] = [];
  for (let after = found?.seesAfter ?? Infinity; Number.isFinite(after); ) {
    const page: Page = { after, limit: 3 };
    const { items, more } = await queries.messagesIn(group, page);
    listed.push(...items.map(({ seq }) => seq));
    after = more ? items.at(-1)!.seq : Infinity;
  }
  const places = all.map((seq) => ({ conversationId: group, seq }));
  const ofEach = async (asked: typeof queries) => {
    const seen = await asked.seesEach(reader.id, places);
    return all.filter((_, i) => seen[i]);
  };
  const one = async (seq: number) =>
    (await call(reader, 'GET', `/conversations/${group}/messages/${said[seq - 1]!.id}`)).status === 200;
  const byId: number[] = [];
  for (const seq of all) if (await one(seq)) byId.push(seq);
  const pages: number[] = [];
  for (let before = ''; ; ) {
    const page = await call(reader, 'GET', `/conversations/${group}/messages?limit=2${before}`);
    pages.unshift(...(page.items ?? []).map(({ seq }: { seq: number }) => seq));
    if (!page.next) break;
    before = `&before=${page.next}`;
  }
  return { listed, seen: await ofEach(queries), asOfNow: await ofEach(past), byId, pages };
};

test('whoever comes and goes, and whatever the policy was, sees what the model says', {
  timeout: 120_000,
}, async () => {
  const people = [ann, ben, cleo];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const { id: group } = await groupOf();
      const joinedAt = new Map([[0, 0]]);
      const said: Said[] = [];
      let history = 'all';
      for (const one of steps) {
        if (one.does === 'set') {
          await set(group, one.to);
          history = one.to;
        } else if (one.does === 'join') {
          await add(group, people[one.who]!);
          if (!joinedAt.has(one.who)) joinedAt.set(one.who, said.length);
        } else if (one.does === 'leave') {
          await leave(group, people[one.who]!);
          joinedAt.delete(one.who);
        } else if (one.does === 'say' && joinedAt.has(one.who)) {
          const token = people[one.who]!.token;
          const fileId =
            said.length % 2 === 0
              ? null
              : (await program.call('POST', '/v1/files?name=a.txt', { token, body: 'bytes' })).json.id;
          const { id } = await call(people[one.who]!, 'POST', `/conversations/${group}/messages`, {
            text: 'x',
            fileId,
          });
          said.push({ id, by: one.who, fileId, removed: false });
        } else if (one.does === 'remove') {
          const mine = said.findIndex(({ by, removed }) => by === one.who && !removed);
          const from = joinedAt.get(one.who);
          if (mine < 0 || from === undefined) continue;
          const asked = { conversationId: group, messageId: said[mine]!.id };
          const isSeen = history === 'all' || mine >= from;
          const outcome = await removeMessage(program.services.core, meta(people[one.who]!.id), asked).then(
            () => 'removed',
            ({ code }: { code: string }) => code,
          );
          expect(outcome).toBe(isSeen ? 'removed' : 'message-unknown');
          if (isSeen) said[mine]!.removed = true;
        }
      }
      await program.settled();
      for (const [who, reader] of people.entries()) {
        const from = joinedAt.get(who);
        const sees = (i: number) => from !== undefined && (history === 'all' || i >= from);
        const expected = said.flatMap((_, i) => (sees(i) ? [i + 1] : []));
        const shown = await shownTo(group, reader, said);
        expect(shown).toEqual({ listed: expected, seen: expected, asOfNow: expected, byId: expected, pages: expected });
        for (const [i, { fileId, by, removed }] of said.entries())
          if (fileId !== null) {
            const file = await program.services.queries.readableFile(fileId, reader.id);
            expect([i, file !== undefined]).toEqual([i, by === who || (sees(i) && !removed)]);
          }
        if (from === undefined) continue;
        await call(reader, 'POST', `/conversations/${group}/read`, { upTo: 0 });
        const unread = said.filter(({ by, removed }, i) => sees(i) && by !== who && !removed).length;
        const { lastMessage, ...conversation } = await call(reader, 'GET', `/conversations/${group}`);
        expect(conversation.unread).toBe(unread);
        expect(lastMessage?.id).toBe(sees(said.length - 1) ? said.at(-1)?.id : undefined);
      }
    }),
    { numRuns: isDistributed ? 3 : 12 },
  );
});

test('a thread from before is unknown, what a message quotes from before stays unsaid, and who came back is not made to follow', async () => {
  const { id: group } = await groupOf([cleo]);
  await set(group, 'since-joining');
  const path = `/conversations/${group}`;
  const old = await call(cleo, 'POST', `${path}/messages`, { text: 'old' });
  const oldThread = `${path}/messages/${old.id}/thread`;
  await leave(group, cleo);
  for (const one of [ben, cleo]) await add(group, one);
  await say(group, 'in the old one', { threadId: old.id, replyTo: old.id });
  const root = await say(group, 'new');
  await say(group, 'in the new one', { threadId: root.id, replyTo: root.id });

  const { items, included } = await call(ben, 'GET', `${path}/messages`);
  expect(items.map(({ threadId }: { threadId: string | null }) => threadId)).toEqual([old.id, null, root.id]);
  expect(items[1].thread.count).toBe(1);
  expect(included.messages.map(({ id }: { id: string }) => id)).toEqual([root.id]);
  const begun = ({ items }: { items: { root: { id: string } }[] }) => items.map(({ root }) => root.id);
  expect(begun(await call(ann, 'GET', `${path}/threads`))).toEqual([root.id, old.id]);
  expect(begun(await call(ben, 'GET', `${path}/threads`))).toEqual([root.id]);
  expect(await call(ben, 'GET', oldThread)).toMatchObject({ status: 404, code: 'thread-unknown' });
  expect(await call(ben, 'PUT', `${oldThread}/follow`)).toMatchObject({ status: 404, code: 'thread-unknown' });
  const send = (more: object) => call(ben, 'POST', `${path}/messages`, { text: 'x', ...more });
  expect(await send({ threadId: old.id })).toMatchObject({ status: 404, code: 'thread-unknown' });
  expect(await send({ replyTo: old.id })).toMatchObject({ status: 404, code: 'message-unknown' });
  expect((await send({ threadId: root.id, replyTo: root.id })).status).toBe(201);

  // Who began it and came back does not see it now, and follows it again only with all of the history.
  expect(begun(await call(cleo, 'GET', '/me/threads'))).toEqual([]);
  await set(group, 'all');
  expect(begun(await call(cleo, 'GET', '/me/threads'))).toEqual([]);
  await say(group, 'once more', { threadId: old.id });
  expect(begun(await call(cleo, 'GET', '/me/threads'))).toEqual([old.id]);
  await set(group, 'since-joining');
  expect(begun(await call(cleo, 'GET', '/me/threads'))).toEqual([]);
});

test('a page of threads that are all from before is empty, and the next one goes on behind them', async () => {
  const { id: group } = await groupOf();
  await set(group, 'since-joining');
  const old = [await say(group, 'one'), await say(group, 'two'), await say(group, 'three')];
  await add(group, ben);
  const root = await say(group, 'new');
  for (const { id: threadId } of [root, ...old]) await say(group, 'answer', { threadId });
  const early = await program.services.events.head();
  const pages = async (query: string) => {
    const begun: string[][] = [];
    for (let after = ''; ; ) {
      const page = await call(ben, 'GET', `/conversations/${group}/threads?limit=2${query}${after}`);
      begun.push(page.items.map(({ root: { id } }: { root: { id: string } }) => id));
      if (page.next === null) return begun;
      after = `&after=${page.next}`;
    }
  };
  expect((await pages('')).slice(0, 2)).toEqual([[], [root.id]]);
  await say(group, 'answer', { threadId: root.id });
  expect((await pages(`&asOf=${early}`)).slice(0, 2)).toEqual([[], [root.id]]);
});
