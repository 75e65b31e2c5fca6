// Replies and threads: what was answered to what, who follows it, and what is left to read of it.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callAs } from '../support/callAs.ts';
import { recorded } from '../support/log.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let ben: Person;
let cleo: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben, cleo] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cleo')]);
});
afterAll(() => program.close());

const ask = (by: Person, method: string, path: string, json?: unknown, headers: Record<string, string> = {}) =>
  program.call(method, path, { token: by.token, headers, ...(json === undefined ? {} : { json }) });
const call = callAs(() => program);
const refusal = async (by: Person, method: string, path: string, json?: unknown) => {
  const { status, json: body } = await ask(by, method, path, json);
  return [status, body.code, body.errors?.[0]?.field];
};
const group = async (more: object = {}): Promise<string> =>
  (await call(ann, 'POST', '/v1/groups', { name: 'team', memberIds: [ben.id], ...more })).id;
const at = (where: string, path = '') => `/v1/conversations/${where}${path}`;
const say = (by: Person, where: string, more: object = {}) =>
  call(by, 'POST', at(where, '/messages'), { text: 'hello', ...more });
const list = (by: Person, where: string, path = '/messages') => call(by, 'GET', at(where, path));
const thread = (where: string, root: string, path = '') => at(where, `/messages/${root}/thread${path}`);
const mine = async (by: Person, query = '') => (await call(by, 'GET', `/v1/me/threads${query}`)).items;

describe('a reply', () => {
  test('names the message it quotes, and a page has what it quotes once, with its sender', async () => {
    const team = await group();
    const first = await say(ann, team, { text: 'x'.repeat(300) });
    const replies = [await say(ben, team, { replyTo: first.id }), await say(ben, team, { replyTo: first.id })];
    expect(replies.map(({ replyTo }) => replyTo)).toEqual(Array(2).fill({ id: first.id, seq: 1 }));
    for (const query of ['', '?after=1', '?after=1&limit=1']) {
      const { items, included } = await list(ben, team, `/messages${query}`);
      expect(items.at(-1).replyTo).toEqual({ id: first.id, seq: 1 });
      expect(included.messages).toEqual([
        {
          ...{ id: first.id, seq: 1, senderId: ann.id, kind: 'text', text: 'x'.repeat(200), at: first.at },
          ...{ removedAt: null, erased: false },
        },
      ]);
      expect(included.users.map(({ id }: Person) => id).toSorted()).toEqual([ann.id, ben.id].toSorted());
    }
    expect((await list(ben, team, `/messages/${replies[0].id}`)).replyTo).toEqual({ id: first.id, seq: 1 });
  });

  test('shows of a message that was removed since only its place; removed itself, it quotes nothing', async () => {
    const team = await group();
    const first = await say(ann, team, { text: 'secret' });
    const reply = await say(ben, team, { replyTo: first.id });
    await call(ann, 'DELETE', at(team, `/messages/${first.id}`));
    const { items, included } = await list(ben, team);
    expect(items[1]).toMatchObject({ id: reply.id, text: 'hello', replyTo: { id: first.id, seq: 1 } });
    expect(included.messages).toMatchObject([{ id: first.id, text: '', removedAt: expect.any(String) }]);
    expect(JSON.stringify(included)).not.toContain('secret');
    await call(ben, 'DELETE', at(team, `/messages/${reply.id}`));
    expect((await list(ben, team)).items[1].replyTo).toBeNull();
  });

  test('under its key gets the first answer again, and another quote under that key is refused', async () => {
    const team = await group();
    const [first, second] = [await say(ann, team), await say(ann, team)];
    const send = (replyTo: string) =>
      ask(ben, 'POST', at(team, '/messages'), { text: 'so?', replyTo, threadId: first.id }, { 'Idempotency-Key': 'k' });
    const answer = await send(first.id);
    await say(ann, team, { threadId: first.id });
    await call(ann, 'DELETE', at(team, `/messages/${first.id}`));
    expect((await send(first.id)).json).toEqual(answer.json);
    expect((await send(second.id)).json.code).toBe('command-key-reused');
  });
});

test.each([
  ['replyTo', 'message-unknown'],
  ['threadId', 'thread-unknown'],
])('%s of a message elsewhere, or of none, is %s; a stranger learns not even that', async (field, code) => {
  const [team, other] = [await group(), await group()];
  const { id } = await say(ann, other);
  const path = at(team, '/messages');
  for (const wrong of [id, crypto.randomUUID()]) {
    expect(await refusal(ben, 'POST', path, { text: 'a', [field]: wrong })).toEqual([404, code, field]);
    expect((await refusal(cleo, 'POST', path, { text: 'a', [field]: wrong })).slice(0, 2)).toEqual([
      404,
      'conversation-unknown',
    ]);
  }
});

test('what was removed from a thread counts again when it is back, now and in the past', async () => {
  const team = await group();
  const root = await say(ann, team);
  const answer = await say(ben, team, { threadId: root.id });
  const seen = async (asOf?: number) => {
    const { thread } = await list(ann, team, `/messages/${root.id}${asOf === undefined ? '' : `?asOf=${asOf}`}`);
    const [{ unread }] = await mine(ann, asOf === undefined ? '' : `?asOf=${asOf}`);
    return [thread.count, unread];
  };
  const head = () => program.services.events.head();
  const there = await head();
  await call(ben, 'DELETE', at(team, `/messages/${answer.id}`));
  expect(await seen()).toEqual([0, 0]);
  const gone = await head();
  await call(ben, 'POST', at(team, `/messages/${answer.id}/restore`));
  expect(await seen()).toEqual([1, 1]);
  expect(await seen(there)).toEqual([1, 1]);
  expect(await seen(gone)).toEqual([0, 0]);
});

test('what its sender removed from a thread and a moderator removed again counts out and in once', async () => {
  const team = await group();
  const root = await say(ann, team);
  const answer = await say(ben, team, { threadId: root.id });
  const message = at(team, `/messages/${answer.id}`);
  const count = async (asOf = '') => (await list(ann, team, `/messages/${root.id}${asOf}`)).thread.count;
  await call(ben, 'DELETE', message);
  const byBen = await program.services.events.head();
  await call(ann, 'DELETE', message);
  expect(await count()).toBe(0);
  await call(ann, 'POST', `${message}/restore`);
  expect(await count()).toBe(1);
  expect(await count(`?asOf=${byBen}`)).toBe(0);
});

test('pins and bookmarks come with their threads and with what they quote, as it was edited', async () => {
  const team = await group();
  const quoted = await say(ann, team, { text: 'teh' });
  const root = await say(ann, team, { replyTo: quoted.id });
  await say(ben, team, { threadId: root.id });
  await call(ann, 'PATCH', at(team, `/messages/${quoted.id}`), { text: 'the' });
  await call(ann, 'PUT', at(team, `/messages/${root.id}/pin`));
  await call(ann, 'PUT', at(team, `/messages/${root.id}/bookmark`));
  for (const page of [await list(ann, team, '/pins'), await call(ann, 'GET', '/v1/me/bookmarks')]) {
    expect(page.items[0].message.thread).toMatchObject({ count: 1, lastBy: ben.id });
    expect(page.included.messages).toMatchObject([{ id: quoted.id, text: 'the' }]);
    expect(page.included.users.map(({ id }: Person) => id).toSorted()).toEqual([ann.id, ben.id].toSorted());
  }
});

test('what is gone cannot be quoted, but its thread goes on', async () => {
  const team = await group();
  const { id } = await say(ann, team);
  await say(ben, team, { threadId: id });
  await call(ann, 'DELETE', at(team, `/messages/${id}`));
  const path = at(team, '/messages');
  expect(await refusal(ben, 'POST', path, { text: 'a', replyTo: id })).toEqual([409, 'message-removed', 'replyTo']);
  await say(ben, team, { threadId: id });
  expect((await call(ann, 'GET', thread(team, id))).items).toHaveLength(2);
  expect((await list(ann, team)).items[0]).toMatchObject({ text: '', thread: { count: 2 } });
});

describe('a thread', () => {
  test('is a view of the same messages, in their order and with their places', async () => {
    const team = await group();
    const root = await say(ann, team);
    const one = await say(ben, team, { threadId: root.id });
    await say(ann, team);
    const two = await say(ann, team, { threadId: root.id, replyTo: one.id });
    expect([one, two].map(({ seq, threadId, thread }) => ({ seq, threadId, thread }))).toEqual(
      [2, 4].map((seq) => ({ seq, threadId: root.id, thread: null })),
    );
    const all = (await list(cleo.id ? ben : ben, team)).items;
    expect(all).toHaveLength(4);
    const inThread = await call(ben, 'GET', thread(team, root.id));
    expect(inThread).toMatchObject({ items: [all[1], all[3]], next: null, included: { messages: [{ id: one.id }] } });
    expect((await call(ben, 'GET', thread(team, root.id, '?limit=1'))).items).toEqual([all[3]]);
    const page = await call(ben, 'GET', thread(team, root.id, '?after=0&limit=1'));
    expect(page).toMatchObject({ items: [all[1]], next: '2' });
    expect((await call(ben, 'GET', thread(team, root.id, '?after=2'))).items).toEqual([all[3]]);
    expect((await call(ben, 'GET', thread(team, root.id, '?before=4'))).items).toEqual([all[1]]);
    const shown = { count: 2, lastAt: two.at, lastBy: ann.id, participants: [ann.id, ben.id], participantCount: 2 };
    expect(all[0].thread).toEqual(shown);
    expect((await list(ben, team, `/messages/${root.id}`)).thread).toEqual(shown);
  });

  test('has no thread in it, and a message that nobody answered has an empty one', async () => {
    const team = await group();
    const root = await say(ann, team);
    const inside = await say(ann, team, { threadId: root.id });
    const path = at(team, '/messages');
    expect(await refusal(ben, 'POST', path, { text: 'a', threadId: inside.id })).toEqual([
      404,
      'thread-unknown',
      'threadId',
    ]);
    for (const [method, end] of [
      ['GET', ''],
      ['PUT', '/follow'],
      ['DELETE', '/follow'],
    ] as const)
      expect((await refusal(ben, method, thread(team, inside.id, end)))[1]).toBe('thread-unknown');
    expect((await refusal(ben, 'POST', thread(team, inside.id, '/read'), { upTo: 1 }))[1]).toBe('thread-unknown');
    const alone = await say(ann, team);
    expect(alone.thread).toBeNull();
    expect((await call(ben, 'GET', thread(team, alone.id))).items).toEqual([]);
  });

  test('does not count what was removed', async () => {
    const team = await group();
    const root = await say(ann, team);
    const said = [];
    for (const by of [ben, ben, ann]) said.push(await say(by, team, { threadId: root.id }));
    await call(ben, 'DELETE', at(team, `/messages/${said[0].id}`));
    expect((await list(ann, team)).items[0].thread.count).toBe(2);
    expect((await mine(ann)).find((one: { root: { id: string } }) => one.root.id === root.id).unread).toBe(1);
  });
});

describe('following', () => {
  test('begins for who answers, and for who is answered, until they leave; a stranger sees nothing', async () => {
    const team = await group({ public: true });
    const root = await say(ann, team);
    await say(ben, team, { threadId: root.id });
    const of = async (by: Person) => (await list(by, team, '/threads')).items[0];
    expect(await of(ann)).toMatchObject({ root: { id: root.id }, following: true, readUpTo: 0, unread: 1 });
    expect(await of(ben)).toMatchObject({ following: true, unread: 0 });
    expect(await of(cleo)).toMatchObject({ following: false, unread: null });
    await call(ann, 'DELETE', thread(team, root.id, '/follow'));
    await say(ben, team, { threadId: root.id });
    expect(await of(ann)).toMatchObject({ following: false, unread: null });
    await say(ann, team, { threadId: root.id });
    expect(await of(ann)).toMatchObject({ following: true, unread: 2 });
    await call(cleo, 'PUT', thread(team, root.id, '/follow'));
    expect(await mine(cleo)).toMatchObject([{ root: { id: root.id }, following: true, unread: 3 }]);
    const events = await recorded(program.services.events, 'ThreadFollowed');
    expect(events.filter(({ data }) => data.threadId === root.id).map(({ data }) => data.userId)).toEqual([
      ben.id,
      ann.id,
      ann.id,
      cleo.id,
    ]);
  });

  test('lists the latest first, only what one may read, and the unread alone if asked', async () => {
    const [here, there] = [
      await group({ memberIds: [ben.id, cleo.id] }),
      await group({ memberIds: [ben.id, cleo.id] }),
    ];
    const roots = [await say(cleo, here), await say(cleo, there), await say(cleo, here)];
    for (const i of [0, 1, 2, 0]) await say(ben, i === 1 ? there : here, { threadId: roots[i].id });
    const ids = async (query = '') => (await mine(cleo, query)).map(({ root }: { root: { id: string } }) => root.id);
    const wanted = [roots[0].id, roots[2].id, roots[1].id];
    const before = (await ids()).slice(3);
    expect((await ids()).slice(0, 3)).toEqual(wanted);
    const paged: string[] = [];
    for (let after = ''; ; ) {
      const { items, next } = await call(cleo, 'GET', `/v1/me/threads?limit=1${after}`);
      paged.push(...items.map(({ root }: { root: { id: string } }) => root.id));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(paged).toEqual([...wanted, ...before]);
    expect((await list(ben, here, '/threads?limit=1')).items).toMatchObject([{ root: { id: roots[0].id } }]);
    await call(cleo, 'POST', thread(here, roots[0].id, '/read'), { upTo: 1_000_000 });
    expect((await ids('?unread=true')).slice(0, 2)).toEqual([roots[2].id, roots[1].id]);
    await call(cleo, 'POST', at(there, '/leave'));
    expect((await ids()).slice(0, 2)).toEqual([roots[0].id, roots[2].id]);
    expect((await ids()).slice(2)).toEqual(before);
    await say(ben, there, { threadId: roots[1].id });
    const told = await recorded(program.services.events, 'ThreadFollowed');
    expect(told.filter(({ data }) => data.threadId === roots[1].id).map(({ data }) => data.userId)).toEqual([
      ben.id,
      cleo.id,
    ]);
  });

  test('does not begin with a message that is refused', async () => {
    const team = await group();
    const { id: threadId } = await say(ann, team);
    expect((await refusal(ben, 'POST', at(team, '/messages'), { text: '', threadId }))[1]).toBe('message-empty');
    const told = await recorded(program.services.events, 'ThreadFollowed');
    expect(told.filter(({ data }) => data.threadId === threadId)).toEqual([]);
  });

  test('nobody who has gone is made to follow what they began', async () => {
    const team = await group();
    const root = await say(ben, team);
    await call(ben, 'POST', at(team, '/leave'));
    await say(ann, team, { threadId: root.id });
    const told = await recorded(program.services.events, 'ThreadFollowed');
    expect(told.filter(({ data }) => data.threadId === root.id).map(({ data }) => data.userId)).toEqual([ann.id]);
  });

  test('how far one has read goes forwards and back, up to the last message', async () => {
    const team = await group();
    const root = await say(ann, team);
    for (const by of [ben, ben, ann]) await say(by, team, { threadId: root.id });
    const read = async (upTo: number) => {
      await call(ann, 'POST', thread(team, root.id, '/read'), { upTo });
      const { unread, readUpTo } = (await mine(ann))[0];
      return [unread, readUpTo];
    };
    expect(await read(99)).toEqual([0, 4]);
    expect(await read(2)).toEqual([1, 2]);
    expect(await read(0)).toEqual([2, 0]);
    expect((await list(ann, team, '')).readUpTo).toBe(0);
  });
});

test('at any time, each sees of every thread what the model says', async () => {
  const who = fc.nat({ max: 2 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ does: fc.constant('answer' as const), who, place: fc.nat({ max: 2 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        does: fc.constantFrom(...(['follow', 'leave', 'read', 'remove', 'come', 'go', 'say'] as const)),
        who,
        place: fc.nat({ max: 12 }),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 30 }), async (steps) => {
      const people = [ann, ben, cleo];
      const open = await group({ public: true });
      const inside = new Set([ann, ben]);
      const roots: string[] = [];
      const said: { id: string; by: Person; root: string | undefined; isRemoved: boolean }[] = [];
      const follows = new Map<string, boolean>();
      const upTo = new Map<string, number>();
      const of = (one: Person, root: string) => `${one.id} ${root}`;
      for (const by of [ann, ben, ann]) {
        const { id } = await say(by, open);
        roots.push(id);
        said.push({ id, by, root: undefined, isRemoved: false });
      }
      for (const { does, who, place } of steps) {
        const one = people[who]!;
        const root = roots[place % roots.length]!;
        const old = said[place];
        if (does === 'say' && inside.has(one))
          said.push({ id: (await say(one, open)).id, by: one, root: undefined, isRemoved: false });
        if (does === 'answer' && inside.has(one)) {
          const { id } = await say(one, open, { threadId: root });
          const beginner = said.find((message) => message.id === root)!.by;
          // A public group: whoever began it may read it, a member or not.
          if (!follows.has(of(beginner, root))) follows.set(of(beginner, root), true);
          follows.set(of(one, root), true);
          said.push({ id, by: one, root, isRemoved: false });
        }
        if (does === 'follow') {
          await call(one, 'PUT', thread(open, root, '/follow'));
          follows.set(of(one, root), true);
        }
        if (does === 'leave') {
          await call(one, 'DELETE', thread(open, root, '/follow'));
          if (follows.has(of(one, root))) follows.set(of(one, root), false);
        }
        if (does === 'read') {
          await call(one, 'POST', thread(open, root, '/read'), { upTo: place });
          upTo.set(of(one, root), Math.min(place, said.length));
        }
        if (does === 'remove' && old) {
          await call(old.by, 'DELETE', at(open, `/messages/${old.id}`));
          old.isRemoved = true;
        }
        if (does === 'come') await call(one, 'POST', at(open, '/join'));
        if (does === 'come') inside.add(one);
        if (does === 'go' && one !== ann) {
          await call(one, 'POST', at(open, '/leave'));
          inside.delete(one);
        }
      }
      const all = (await call(ann, 'GET', at(open, '/messages?limit=100'))).items;
      const answers = (root: string) => said.flatMap((one, i) => (one.root === root ? [{ ...one, seq: i + 1 }] : []));
      const lively = roots
        .filter((root) => answers(root).length > 0)
        .toSorted((one, other) => answers(other).at(-1)!.seq - answers(one).at(-1)!.seq);
      for (const root of roots) {
        const [first] = all.filter(({ id }: { id: string }) => id === root);
        const last = answers(root).toReversed();
        const shown = {
          count: last.filter(({ isRemoved }) => !isRemoved).length,
          lastAt: all[(last[0]?.seq ?? 1) - 1].at,
          lastBy: last[0]?.by.id,
          participants: [...new Set(last.map(({ by }) => by.id))],
          participantCount: new Set(last.map(({ by }) => by.id)).size,
        };
        expect(first.thread).toEqual(last.length === 0 ? null : shown);
        expect((await call(cleo, 'GET', thread(open, root))).items).toEqual(
          all.filter(({ threadId }: { threadId: string | null }) => threadId === root),
        );
      }
      for (const one of people) {
        const seen = lively.map((root) => {
          const [following, readUpTo] = [follows.get(of(one, root)) ?? false, upTo.get(of(one, root)) ?? 0];
          const left = answers(root).filter(({ by, isRemoved, seq }) => by !== one && !isRemoved && seq > readUpTo);
          return { id: root, following, readUpTo, unread: following ? left.length : null };
        });
        const flat = (items: readonly { root: { id: string } }[]) =>
          items.map(({ root: { id }, ...rest }) => ({ id, ...rest })).filter(({ id }) => lively.includes(id));
        expect(flat((await list(one, open, '/threads')).items)).toEqual(seen);
        const followed = seen.filter(({ following }) => following);
        expect(flat(await mine(one, '?limit=100'))).toEqual(followed);
        expect(flat(await mine(one, '?limit=100&unread=true'))).toEqual(followed.filter(({ unread }) => unread! > 0));
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});
