// Searching messages: what is found, by whom, and in what order.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { encode } from '../../src/domain/codec.ts';
import { parseSearch } from '../../src/domain/searchQuery.ts';
import { rangesOf, wordsOf } from '../../src/domain/words.ts';
import { createSearch } from '../../src/projections/queries/search.ts';
import { readyViews } from '../../src/projections/readyViews.ts';
import { rebuild } from '../../src/projections/rebuild.ts';
import type { ViewBuild } from '../../src/store/ports.ts';
import type { Stores } from '../../src/stores.ts';
import { meta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { rawConnection } from '../support/rawConnection.ts';

let program: Program;
let stores: Stores;
let admin: Person;
let ann: Person;
let bob: Person;
let cat: Person;
/** Called before each look into the index. */
let onLook = async (): Promise<void> => undefined;
beforeAll(async () => {
  program = await startProgram({
    settings: { ERASE_GRACE: '0' },
    stores: (opened) => {
      stores = opened;
      const search: typeof opened.views.search = async (...asked) => {
        await onLook();
        return opened.views.search(...asked);
      };
      return { ...opened, views: instead(opened.views, { search }) };
    },
  });
  [admin, ann, bob, cat] = [
    await program.person('boss'),
    await program.person('ann'),
    await program.person('bob'),
    await program.person('cat'),
  ];
  await program.grant(admin.id, 'admin');
});
afterAll(() => program.close());

const as = (person: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: person.token, ...(json === undefined ? {} : { json }) });
const group = async (owner: Person, members: readonly Person[], more: object = {}): Promise<string> =>
  (await as(owner, 'POST', '/v1/groups', { name: 'Tea', memberIds: members.map(({ id }) => id), ...more })).json.id;
const say = async (person: Person, id: string, text: string, more: object = {}): Promise<string> =>
  (await as(person, 'POST', `/v1/conversations/${id}/messages`, { text, ...more })).json.id;

/** A search with other bounds, and how many candidates each look into the index has found. */
const searchWithin = (bounds: Parameters<typeof createSearch>[1]) => {
  const { queries, events, progress } = program.services;
  const asked: number[] = [];
  const views = instead(readyViews(stores.views, progress), {
    search: async (collection, search) => {
      const found = await stores.views.search(collection, search);
      asked.push(found.docs.length);
      return found;
    },
  });
  const find = createSearch({ views, marks: events.marks, queries }, bounds);
  const search = (person: Person, q: string, limit = 10) =>
    find(parseSearch(q), person.id, { place: undefined, limit, order: 'time' });
  return { asked, search };
};

interface Found {
  readonly message: { readonly id: string; readonly text: string };
  readonly excerpt: readonly { readonly text: string; readonly isHit: boolean }[];
}
const pageOf = async (person: Person, q: string, more = '') => {
  const { status, json } = await as(person, 'GET', `/v1/search?q=${encodeURIComponent(q)}${more}`);
  expect(status).toBe(200);
  return json as { items: readonly Found[]; next: string | null; included: { users: readonly { id: string }[] } };
};
const idsOf = async (person: Person, q: string, more = ''): Promise<readonly string[]> =>
  (await pageOf(person, q, more)).items.map(({ message }) => message.id);

test('a search whose client has left goes no further, and the next of the account has its turn', async () => {
  const fay = await program.person('fay');
  const team = await group(fay, []);
  for (let i = 0; i < 9; i++) await say(fay, team, 'auk');
  const gate = createGate();
  gate.shut();
  let looks = 0;
  const looking = new Promise<void>((resolve) => {
    onLook = () => {
      looks++;
      resolve();
      return gate.passed();
    };
  });
  const client = await rawConnection(program.url);
  client.write(`GET /v1/search?q=auk+-auk&limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${fay.token}\r\n\r\n`);
  await looking;
  onLook = async () => undefined;
  client.socket.destroy();
  expect(await idsOf(fay, 'auk')).toHaveLength(9);
  onLook = async () => {
    looks++;
  };
  gate.open();
  await as(fay, 'GET', '/v1/me');
  await as(fay, 'GET', '/v1/me');
  onLook = async () => undefined;
  expect(looks).toBe(1);
});

test('slow readers of long lists keep nobody from a search, nor from mentions', async () => {
  const team = await group(ann, [bob]);
  const id = await say(ann, team, '@bob a civet');
  const ends: (() => void)[] = [];
  for (let i = 0; i < 64; i++)
    ends.push(await program.services.turns.take(`reader ${i}`, new AbortController().signal));
  try {
    expect(await idsOf(bob, 'civet')).toEqual([id]);
    const { items } = (await as(bob, 'GET', '/v1/me/mentions?limit=1')).json;
    expect(items.map((item: { id: string }) => item.id)).toEqual([id]);
  } finally {
    for (const end of ends) end();
  }
});

describe('a message is found', () => {
  test('by words, phrases and beginnings, the newest first, with what was found shown', async () => {
    const team = await group(ann, [bob]);
    const one = await say(ann, team, 'Alpaca wool, she said');
    const two = await say(bob, team, 'she said: alpaca');
    expect(await idsOf(bob, 'alpaca said')).toEqual([two, one]);
    expect(await idsOf(bob, '"alpaca wool"')).toEqual([one]);
    expect(await idsOf(bob, 'alp*')).toEqual([two, one]);
    expect(await idsOf(bob, 'alpaca -wool')).toEqual([two]);
    const { items, included } = await pageOf(bob, 'wool "she said"');
    expect(items[0]!.excerpt).toEqual([
      { text: 'Alpaca ', isHit: false },
      { text: 'wool', isHit: true },
      { text: ', ', isHit: false },
      { text: 'she said', isHit: true },
    ]);
    const path = `/v1/conversations/${team}/messages/${one}`;
    expect(items[0]!.message).toEqual((await as(bob, 'GET', path)).json);
    expect(included.users.map(({ id }) => id)).toEqual([ann.id]);
  });

  test('by who said it, where and when, and by what it has', async () => {
    const [here, there] = [await group(ann, [bob], { slug: 'bison-room' }), await group(ann, [bob])];
    const fileId = (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'x' })).json.id;
    const one = await say(ann, here, 'bison', { fileId });
    const two = await say(bob, here, 'bison https://example.org');
    const three = await say(ann, there, 'bison');
    expect(await idsOf(bob, 'bison from:ann')).toEqual([three, one]);
    expect(await idsOf(bob, 'bison from:me')).toEqual([two]);
    expect(await idsOf(bob, 'bison From:ME')).toEqual([two]);
    expect(await idsOf(bob, 'FROM:Ann IN:bison-room Has:File')).toEqual([one]);
    expect(await idsOf(bob, 'bison from:ann from:@bob')).toEqual([three, two, one]);
    expect(await idsOf(bob, 'bison in:bison-room')).toEqual([two, one]);
    expect(await idsOf(bob, `bison in:${there}`)).toEqual([three]);
    expect(await idsOf(bob, `from:ann in:${here}`)).toEqual([one]);
    expect(await idsOf(bob, 'bison has:file')).toEqual([one]);
    expect(await idsOf(bob, 'bison has:link')).toEqual([two]);
    expect(await idsOf(bob, 'bison has:file has:link')).toEqual([]);
    expect(await idsOf(bob, 'bison after:2000-01-01 before:2999-01-01')).toEqual([three, two, one]);
    expect(await idsOf(bob, 'bison before:2000-01-01')).toEqual([]);
    expect(await idsOf(bob, 'bison after:2999-01-01')).toEqual([]);
    expect(await idsOf(bob, 'bison from:nobody')).toEqual([]);
  });

  test('page by page, in time or by how much of it is said', async () => {
    const team = await group(ann, []);
    const ids: string[] = [];
    for (let i = 0; i < 7; i++)
      ids.push(await say(ann, team, `cobra ${'cobra '.repeat(i % 3)} ${'and more '.repeat(i)}`));
    for (const order of ['time', 'relevance']) {
      const seen: string[] = [];
      for (let after = ''; ; ) {
        const { items, next } = await pageOf(ann, 'cobra', `&limit=2&order=${order}${after}`);
        expect(items.length).toBeLessThanOrEqual(2);
        seen.push(...items.map(({ message }) => message.id));
        if (next === null) break;
        after = `&after=${next}`;
      }
      if (order === 'time') expect(seen).toEqual(ids.toReversed());
      else {
        expect(seen.slice(0, 2)).toEqual([ids[2], ids[5]]);
        expect(new Set(seen)).toEqual(new Set(ids));
        expect(seen).toHaveLength(7);
      }
    }
  });

  test('once, by how much of it is said, though others are said and removed while pages are read', async () => {
    const team = await group(ann, []);
    const [ids, gone]: [string[], string[]] = [[], []];
    // The oldest of the newest 200 says least of it.
    for (let i = 0; i < 240; i++) ids.push(await say(ann, team, `quokka ${'so '.repeat((i * 7 + 39) % 40)}`));
    const seen: string[] = [];
    const read = async (after: string): Promise<string | null> => {
      const { items, next } = await pageOf(ann, 'quokka', `&limit=50&order=relevance${after}`);
      seen.push(...items.map(({ message }) => message.id));
      return next;
    };
    let next = await read('');
    for (let i = 0; i < 60; i++) await say(ann, team, 'a quokka that comes late');
    next = await read(`&after=${next}`);
    for (const id of ids
      .slice(100)
      .filter((one) => !seen.includes(one))
      .slice(0, 30)) {
      expect((await as(ann, 'DELETE', `/v1/conversations/${team}/messages/${id}`)).status).toBeLessThan(300);
      gone.push(id);
    }
    while (next !== null) next = await read(`&after=${next}`);
    expect(new Set(seen)).toEqual(new Set(ids).difference(new Set(gone)));
    expect(seen).toHaveLength(ids.length - gone.length);
  });

  test('by what it says now, after an edit, and once it is restored', async () => {
    const team = await group(ann, [bob]);
    const id = await say(ann, team, 'axolotl');
    const path = `/v1/conversations/${team}/messages/${id}`;
    const answers = async (method: string, at: string, json?: object) =>
      expect((await as(ann, method, at, json)).status).toBeLessThan(300);
    await answers('DELETE', path);
    expect(await idsOf(bob, 'axolotl')).toEqual([]);
    await answers('POST', `${path}/restore`, {});
    expect(await idsOf(bob, 'axolotl')).toEqual([id]);
    expect(await idsOf(bob, `from:ann in:${team}`)).toEqual([id]);
    await answers('PATCH', path, { text: 'wombat' });
    expect(await idsOf(bob, 'wombat')).toEqual([id]);
    expect(await idsOf(bob, 'axolotl')).toEqual([]);
    await answers('DELETE', path);
    expect(await idsOf(bob, 'wombat')).toEqual([]);
    await answers('POST', `${path}/restore`, {});
    expect(await idsOf(bob, 'wombat')).toEqual([id]);
  });

  test('as a search says that cannot be understood', async () => {
    for (const q of ['te*', 'has:love', 'is:love', 'tea -from:ann', '-tea', 'after:2026-01-01', 'x after:soon', '...'])
      expect((await as(ann, 'GET', `/v1/search?q=${encodeURIComponent(q)}`)).json).toMatchObject({
        status: 400,
        code: 'malformed-request',
        errors: [{ field: 'q', code: 'invalid' }],
      });
    expect((await as(ann, 'GET', '/v1/search?q=tea&after=NTA')).status).toBe(400);
    expect((await as(ann, 'GET', '/v1/search?q=tea&asOf=3')).json).toMatchObject({ code: 'no-past' });
    expect((await program.call('GET', '/v1/search?q=tea')).status).toBe(401);
  });
});

describe('nobody finds', () => {
  test('what they may not read, or may no longer', async () => {
    const team = await group(ann, [bob]);
    const id = await say(ann, team, 'dingo');
    const open = await group(ann, [], { public: true });
    const shown = await say(ann, open, 'dingo');
    expect(await idsOf(bob, 'dingo')).toEqual([shown, id]);
    expect(await idsOf(cat, 'dingo')).toEqual([shown]);
    expect(await idsOf(cat, `dingo in:${team}`)).toEqual([]);
    expect((await as(ann, 'DELETE', `/v1/conversations/${team}/members/${bob.id}`)).status).toBe(204);
    expect(await idsOf(bob, 'dingo')).toEqual([shown]);
    expect(await idsOf(bob, `dingo in:${team}`)).toEqual([]);
    expect(await idsOf(admin, 'dingo')).toEqual([shown]);
  });

  test('what was said at a desk, but its visitor and the staff', async () => {
    const email = 'cat@example.org';
    await as(cat, 'PATCH', '/v1/me', { email, current: PASSWORD });
    await program.verify(cat.id, email);
    const asked = { room: '1', name: 'Cat', email, text: 'my eland is lost', answer: 'a reply', secret: 's' };
    const { conversationId } = await makeEnquiry(program.services.core, meta(), asked);
    await program.settled();
    expect(await idsOf(admin, 'eland')).toHaveLength(1);
    expect(await idsOf(cat, 'eland')).toHaveLength(1);
    expect(await idsOf(bob, 'eland')).toEqual([]);
    expect(await idsOf(cat, `in:${conversationId} reply`)).toHaveLength(1);
    expect(await idsOf(bob, `in:${conversationId} reply`)).toEqual([]);

    const said = (await stores.views.find('messages', { where: { conversationId }, sort: 'seq', limit: 9 })).docs;
    const ids = said.map(({ id }) => id);
    expect(await stores.views.get('words', ids)).not.toContain(undefined);
    expect((await as(admin, 'PUT', `/v1/conversations/${conversationId}/visitor/erasure`, {})).status).toBe(202);
    await program.settled();
    expect(await idsOf(admin, 'eland')).toEqual([]);
    expect(await stores.views.get('words', ids)).toEqual(ids.map(() => undefined));
  });

  test('what was removed', async () => {
    const team = await group(ann, [bob]);
    const id = await say(ann, team, 'ferret');
    expect(await idsOf(bob, 'ferret')).toEqual([id]);
    await as(ann, 'DELETE', `/v1/conversations/${team}/messages/${id}`);
    expect(await idsOf(bob, 'ferret')).toEqual([]);
    expect(await idsOf(ann, `from:ann in:${team}`)).toEqual([]);
  });

  test('what was erased, and no mark of it is left', async () => {
    const team = await group(ann, [bob]);
    const [gone, kept] = [await say(ann, team, 'gecko'), await say(ann, team, 'gecko')];
    expect(await idsOf(bob, 'gecko')).toEqual([kept, gone]);
    expect((await as(ann, 'PUT', `/v1/conversations/${team}/messages/${gone}/erasure`, {})).status).toBe(202);
    await program.settled();
    expect(await idsOf(bob, 'gecko')).toEqual([kept]);
    expect((await stores.views.get('words', [gone, kept])).map((doc) => doc === undefined)).toEqual([true, false]);
  });

  test('anything that an erased person said, and no mark of it is left', async () => {
    const dan = await program.person('dan');
    const team = await group(ann, [bob, dan]);
    const ids = [await say(dan, team, 'heron'), await say(dan, team, 'heron too')];
    const answer = await say(bob, team, 'heron?');
    expect(await idsOf(bob, 'heron')).toEqual([answer, ids[1], ids[0]]);
    expect((await as(dan, 'DELETE', '/v1/me?erase=true', { current: PASSWORD })).status).toBe(202);
    await program.settled();
    expect(await idsOf(bob, 'heron')).toEqual([answer]);
    expect(await stores.views.get('words', ids)).toEqual([undefined, undefined]);
  });
});

test('views whose build had read what an erased person said have no mark of it', async () => {
  const eve = await program.person('eve');
  const team = await group(eve, []);
  const id = await say(eve, team, 'narwhal');
  await program.settled();
  const built = await stores.views.build();
  let erased = false;
  const build: ViewBuild = {
    ...built,
    complete: async () => {
      // The build has read the text by now, and does not serve yet.
      if (!erased) await as(eve, 'DELETE', '/v1/me?erase=true', { current: PASSWORD });
      erased = true;
      await built.complete();
    },
  };
  await rebuild(stores.events, instead(stores.views, { build: async () => build }), () => undefined);
  // Whatever becomes of the process that built, the one that projects takes them out.
  await expect.poll(() => stores.views.get('words', [id])).toEqual([undefined]);
});

test('an edit takes the words of a message before, and brings its own', async () => {
  const team = await group(ann, []);
  const id = await say(ann, team, 'ibis');
  expect(await idsOf(ann, 'ibis')).toEqual([id]);
  const { events, core } = program.services;
  const data = { conversationId: team, messageId: id, senderId: ann.id, text: 'jackal' };
  const meta = { actorId: ann.id, correlationId: 'test' };
  const draft = encode(core.newId(), { type: 'MessageEdited', data }, core.now().toISOString(), meta);
  await events.append(`message-${team}-${id}`, -1, [draft]);
  await program.settled();
  expect(await idsOf(ann, 'ibis')).toEqual([]);
});

test('a search finds what a look at every text finds', { timeout: 60_000 }, async () => {
  const team = await group(ann, []);
  const word = fc.constantFrom(
    'koala',
    'Koala',
    'koalas',
    'lemur',
    'é',
    '你好',
    '你',
    'か',
    '👍',
    'کتاب',
    'apt-get',
    '7',
  );
  const text = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
  const texts = fc.sample(text, { numRuns: 40, seed: 7 });
  const ids: string[] = [];
  for (const each of texts) ids.push(await say(ann, team, each));
  const part = fc.oneof(
    word,
    word.map((each) => `-${each}`),
    fc.tuple(word, word).map(([one, other]) => `"${one} ${other}"`),
    fc.constantFrom('koal*', 'lem*', '你*'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 3 }), async (parts) => {
      const q = `${parts.join(' ')} in:${team}`;
      const { phrases, excluded } = parseSearch(q);
      const has = (said: string) => (phrase: (typeof phrases)[number]) => rangesOf(phrase, wordsOf(said)).length > 0;
      const expected = ids.filter((_, i) => phrases.every(has(texts[i]!)) && !excluded.some(has(texts[i]!)));
      expect(await idsOf(ann, q)).toEqual(expected.toReversed());
    }),
    { numRuns: 40 },
  );
});

test('with more conversations than a search can name, all are searched for words, the newest for pins alone', async () => {
  const mark = async (id: string): Promise<string> => {
    const message = await say(ann, id, 'walrus');
    const path = `/v1/conversations/${id}/messages/${message}`;
    expect((await as(ann, 'PUT', `${path}/pin`, {})).status).toBeLessThan(300);
    expect((await as(ann, 'PUT', `${path}/reactions/${encodeURIComponent('👍')}`, {})).status).toBeLessThan(300);
    return message;
  };
  const alone = ['is:pinned', 'has:reaction', 'is:pinned has:reaction after:2000-01-01'];
  const secret = await mark(await group(ann, []));
  const old = await group(ann, [], { public: true });
  const first = await mark(old);
  for (const person of [admin, cat]) for (const q of alone) expect(await idsOf(person, q)).toEqual([first]);

  for (let i = 0; i < 100; i++) await group(ann, [], { public: true });
  const last = await mark(await group(ann, [], { public: true }));
  for (const person of [admin, cat]) {
    for (const q of alone) expect(await idsOf(person, q)).toEqual([last]);
    expect(await idsOf(person, `is:pinned in:${old}`)).toEqual([first]);
    expect(await idsOf(person, 'walrus is:pinned')).toEqual([last, first]);
    expect(await idsOf(person, 'from:ann has:reaction')).toEqual([last, first]);
  }
  expect(await idsOf(ann, 'walrus')).toEqual([last, first, secret]);
});

describe('where somebody may not read', () => {
  /** How many pages there are, and what is on them. */
  const pagesOf = async (person: Person, q: string, more: string): Promise<readonly (readonly string[])[]> => {
    const pages: (readonly string[])[] = [];
    for (let after = ''; ; ) {
      const { items, next } = await pageOf(person, q, `${more}${after}`);
      pages.push(items.map(({ message }) => message.text));
      if (next === null) return pages;
      after = `&after=${next}`;
    }
  };
  const ways = ['&limit=1', '&limit=2', '&limit=1&order=relevance'];

  test('no page tells what was said there, to an account with more conversations than a search can name', async () => {
    for (let i = 0; i < 101; i++) await group(cat, []);
    const own = await group(cat, []);
    const secret = await group(ann, [bob]);
    for (const word of ['quagga', 'okapi']) {
      const removed = await say(cat, own, word);
      await as(cat, 'DELETE', `/v1/conversations/${own}/messages/${removed}`);
      if (word === 'quagga') for (let i = 0; i < 30; i++) await say(bob, secret, word);
      await say(cat, own, word);
    }
    for (const way of ways)
      for (const who of ['', ' from:bob from:me'])
        expect(await pagesOf(cat, `quagga${who}`, way), way + who).toEqual([['quagga']]);
    for (const way of ways) expect(await pagesOf(cat, 'quagga from:bob', way), way).toEqual([[]]);
    expect(await pagesOf(cat, 'okapi', '&limit=1')).toEqual([['okapi']]);
  });

  test('nor does the place where a page ends that has looked at many', async () => {
    const [own, secret] = [await group(cat, []), await group(ann, [bob])];
    await say(cat, own, 'dodo, the first of all');
    const { search } = searchWithin({ opened: 3 });
    const ends: (readonly unknown[])[] = [];
    const removed: string[] = [];
    for (const isSaid of [false, true]) {
      for (let i = 0; i < 5; i++) {
        for (let j = 0; isSaid && j < i; j++) await say(bob, secret, 'dodo');
        const id = await say(cat, own, 'dodo');
        await as(cat, 'DELETE', `/v1/conversations/${own}/messages/${id}`);
        removed.push(id);
      }
      const { hits, next } = await search(cat, 'dodo', 1);
      const known = await program.services.queries.messagesById(removed.splice(0));
      ends.push([hits, [...known.values()].findIndex(({ position }) => position === next?.upTo)]);
    }
    expect(ends).toEqual([
      [[], 2],
      [[], 2],
    ]);
  });

  test('what is said there often keeps nothing from them that is in their newest conversations', async () => {
    const [own, secret] = [await group(cat, []), await group(ann, [bob])];
    await say(cat, own, 'kiwi');
    for (let i = 0; i < 250; i++) await say(bob, secret, 'kiwi');
    const { asked, search } = searchWithin({ unseen: 100 });
    const { hits, next } = await search(cat, 'kiwi', 1);
    expect(hits.map(({ message }) => message.conversationId)).toEqual([own]);
    expect([next, asked]).toEqual([undefined, [2, 100, 1]]);
  });

  test('nor from what they find in old conversations, be it one message more or less', async () => {
    const [ivy, secret] = [await program.person('ivy'), await group(ann, [bob])];
    const ids: string[] = [];
    for (let i = 0; i < 520; i++) ids.push(await group(ivy, []));
    const said: string[] = [];
    for (const at of [0, 1, 260, 519]) said.push(await say(ivy, ids[at]!, 'zorilla'));
    const { search } = searchWithin({ unseen: 20 });
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 10; j++) await say(bob, secret, 'zorilla');
      const { hits, next } = await search(ivy, 'zorilla');
      expect(hits.map(({ message }) => message.id)).toEqual(said.toReversed());
      expect(next).toBeUndefined();
    }
    // The longest query leaves the index room for fewer conversations.
    expect((await searchWithin({ unseen: 0 }).search(ivy, '你'.repeat(500))).hits).toEqual([]);
  });

  test('nor what was said before they joined', async () => {
    const late = await group(ann, [bob], { name: 'Late' });
    await as(ann, 'PATCH', `/v1/conversations/${late}/policy`, { history: 'since-joining' });
    for (let i = 0; i < 30; i++) await say(bob, late, 'tapir');
    await as(ann, 'POST', `/v1/conversations/${late}/members`, { userId: cat.id });
    await say(bob, late, 'tapir now');
    for (const way of ways) expect(await pagesOf(cat, `tapir in:${late}`, way), way).toEqual([['tapir now']]);
    for (const way of ways) expect(await pagesOf(cat, 'tapir', way), way).toEqual([['tapir now']]);
  });

  test('and a page looks at little of what was said there before they joined, however much that is', async () => {
    const gil = await program.person('gil');
    const [own, late] = [await group(gil, []), await group(ann, [bob])];
    await as(ann, 'PATCH', `/v1/conversations/${late}/policy`, { history: 'since-joining' });
    await say(gil, own, 'ibis at first');
    for (let i = 0; i < 250; i++) await say(bob, late, 'ibis');
    await as(ann, 'POST', `/v1/conversations/${late}/members`, { userId: gil.id });
    await say(bob, late, 'ibis now');
    const { asked, search } = searchWithin({ unseen: 100 });
    const textsOf = async (q: string) => {
      const { hits } = await search(gil, q);
      return hits.map(({ message }) => message.text);
    };
    expect(await textsOf(`ibis in:${late}`)).toEqual(['ibis now']);
    expect(asked.splice(0)).toEqual([20]);
    // There are more public groups than a search can name: so many messages that she does not see are passed by first.
    expect(await textsOf('ibis')).toEqual(['ibis now', 'ibis at first']);
    expect(asked).toEqual([20, 100, 1]);
  });
});
