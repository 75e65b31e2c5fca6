// Lists of long messages, as the clients of each API read them.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import type { Queries } from '../../src/projections/queries.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

/** 32 KB: eight fill a page of the views. */
const TEXT = '😀'.repeat(7990);
const MESSAGES = 90;
/** An answer at a desk may be three times as long. */
const ENQUIRIES = 30;
const MAX_LIST = 2_500_000;

let program: Program;
let ann: Person;
let ben: Person;
let group: { readonly id: string; readonly number: number; readonly slug: string };

const meta = (actorId: string) => ({ actorId, address: null, correlationId: 'test' });

/** Somebody with an e-mail address, which desks go by. */
const person = async (username: string): Promise<Person> => {
  const json = { username, email: `${username}@example.org`, password: 'correct horse' };
  const { id, number } = (await program.call('POST', '/v1/users', { json })).json;
  await program.verify(id, json.email);
  const login = { login: username, password: 'correct horse' };
  const session = (await program.call('POST', '/v1/sessions', { json: login })).json;
  return { id, number, username, token: session.accessToken, refreshToken: session.refreshToken };
};

beforeAll(async () => {
  program = await startProgram({ settings: { MAX_LIST: String(MAX_LIST) } });
  [ann, ben] = [await person('ann'), await person('ben')];
  const { core, progress, events } = program.services;
  const { conversationId } = await createGroup(core, meta(ann.id), { name: 'Long', slug: 'long', public: true });
  for (let i = 1; i <= MESSAGES; i++) await sendMessage(core, meta(ann.id), { conversationId, text: `${TEXT} ${i}` });
  for (let i = 1; i <= ENQUIRIES; i++) {
    const at = { room: `room ${i % 3}`, name: 'Ann', email: 'ann@example.org' };
    await makeEnquiry(
      core,
      { actorId: null, address: null, correlationId: 'test' },
      { ...at, text: `${i}`, answer: `${TEXT.repeat(3)} ${i}`, secret: 'Ann' },
    );
  }
  await progress.reached(await events.head(), 20_000);
  const { number } = (await program.services.queries.conversation(conversationId))!;
  group = { id: conversationId, number, slug: 'long' };
  return () => program.close();
}, 120_000);

/** What each API tells of the group or of the desks; `texts`: the texts in its answer, in its order. */
const lists = (): Readonly<
  Record<string, { path: string; newestFirst?: boolean; texts: (body: never) => string[] }>
> => ({
  'Solari, of a group': {
    path: `/solari/api/solarigroup/${group.number}/messages/`,
    newestFirst: true,
    texts: (body: readonly { content: string }[]) => body.map(({ content }) => content),
  },
  'Solari, of a chat': {
    path: `/solari/api/chats/messages/?chat=${group.id}`,
    texts: (body: readonly { content: string }[]) => body.map(({ content }) => content),
  },
  nargil: {
    path: `/nargil/cht/api/groups/${group.slug}/chat/`,
    texts: ({ messages }: { messages: readonly { content: string }[] }) => messages.map(({ content }) => content),
  },
  ThanChat: {
    path: `/thanchat/chatApp/messages/?chat_room_id=${group.number}`,
    texts: (body: readonly { message_text: string }[]) => body.map(({ message_text }) => message_text),
  },
  Silicornya: {
    path: '/silicornya/chats/getChats/',
    texts: (body: readonly { serverMessage: string }[]) => body.map(({ serverMessage }) => serverMessage),
  },
});
const NAMES = ['Solari, of a group', 'Solari, of a chat', 'nargil', 'ThanChat', 'Silicornya'];

const placeOf = (text: string): number => Number(text.slice(text.lastIndexOf(' ') + 1));

describe('a list that is longer than an answer may be', () => {
  it.each(NAMES)('keeps its newest items in its order, and says so: %s', async (name) => {
    const { path, texts, newestFirst = false } = lists()[name]!;
    const { status, headers, text, json } = await program.call('GET', path, { token: ann.token });
    expect([status, headers.get('x-truncated')]).toEqual([200, 'oldest']);
    expect(headers.get('content-type')).toBe('application/json');
    const bytes = Buffer.byteLength(text);
    expect(bytes).toBeLessThan(MAX_LIST + 2000);
    expect(bytes).toBeGreaterThan(MAX_LIST - 110_000);
    const places = texts(json as never).map(placeOf);
    const kept = Array.from({ length: places.length }, (_, i) => (name === 'Silicornya' ? ENQUIRIES : MESSAGES) - i);
    expect(places).toEqual(newestFirst ? kept : kept.toReversed());
  });

  it('has the same headers for a HEAD, and no body', async () => {
    const { path } = lists().ThanChat!;
    const { status, headers, text } = await program.call('HEAD', path, { token: ann.token });
    expect([status, headers.get('x-truncated'), text]).toEqual([200, 'oldest', '']);
  });
});

describe('a page', () => {
  it('of the native API ends where its bytes are reached, and `next` goes on', async () => {
    const found: number[] = [];
    let most = 0;
    for (let query = '?after=0&limit=100'; query !== ''; ) {
      const path = `/v1/conversations/${group.id}/messages${query}`;
      const { text, json } = await program.call('GET', path, { token: ben.token });
      found.push(...json.items.map((item: { text: string }) => placeOf(item.text)));
      most = Math.max(most, text.length);
      query = json.next === null ? '' : `?after=${json.next}&limit=100`;
    }
    expect(found).toEqual(Array.from({ length: MESSAGES }, (_, i) => i + 1));
    expect(most).toBeLessThan(400_000);
  });

  it('of Django-Chat-Server has its ten messages', async () => {
    for (const page of [1, 5]) {
      const path = `/django-chat/api/messages/${group.number}/?page=${page}`;
      const { json } = await program.call('GET', path, { token: ann.token });
      const first = MESSAGES - 10 * (page - 1);
      expect(json.map(({ message }: { message: string }) => placeOf(message))).toEqual(
        Array.from({ length: 10 }, (_, i) => first - i),
      );
    }
  });
});

describe('long lists', () => {
  type MessagesIn = Queries['messagesIn'];
  let original: MessagesIn;
  const view = () => program.services.queries as { messagesIn: MessagesIn };
  beforeEach(() => {
    original = view().messagesIn;
  });
  afterEach(() => {
    view().messagesIn = original;
  });

  /** Counts the pages of messages that are asked for; before the `from`th and each after it, waits for `before`. */
  const pages = (from: number, before: () => Promise<void>) => {
    const seen = { asked: 0 };
    const waiting: (() => void)[] = [];
    view().messagesIn = async (...given) => {
      seen.asked++;
      for (const go of waiting.splice(0)) go();
      if (seen.asked >= from) await before();
      return original(...given);
    };
    const reached = async (count: number): Promise<void> => {
      while (seen.asked < count) await new Promise<void>((resolve) => void waiting.push(resolve));
    };
    return { seen, reached };
  };

  const ask = async (path: string, { token }: Person) => {
    const request = get(program.url + path, { headers: { Authorization: `Bearer ${token}` }, agent: false });
    request.on('error', () => undefined);
    const response = once(request, 'response').then(([answer]) => answer as IncomingMessage);
    response.catch(() => undefined);
    return { request, response };
  };

  it('that fails after its first bytes is cut off: nobody takes it for a shorter list', async () => {
    // Of 90 messages, 77 are kept: measured in ten pages.
    pages(14, async () => {
      throw new Unavailable('views');
    });
    const response = await fetch(program.url + lists().ThanChat!.path, {
      headers: { Authorization: `Bearer ${ann.token}` },
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('that fails before its first byte is an error of its API', async () => {
    pages(9, async () => {
      throw new Unavailable('views');
    });
    const { status, headers, json } = await program.call('GET', lists().ThanChat!.path, { token: ann.token });
    expect([status, headers.get('retry-after'), json]).toEqual([
      503,
      '1',
      { detail: 'Service temporarily unavailable, try again later.' },
    ]);
  });

  it('of one user wait for each other in a bounded queue; whose client goes is asked no more', async () => {
    const gate = Promise.withResolvers<void>();
    const { path } = lists().ThanChat!;
    let isHeld = true;
    const { seen, reached } = pages(9, async () => {
      if (!isHeld) return;
      isHeld = false;
      await gate.promise;
    });
    const first = await ask(path, ann);
    await reached(9);

    // Each reads its eight free pages, then waits.
    const others = await Promise.all(Array.from({ length: 8 }, () => ask(path, ann)));
    await reached(9 + 8 * 8);
    const { status, headers, json } = await program.call('GET', path, { token: ann.token });
    expect([status, headers.get('retry-after'), json]).toEqual([
      503,
      '1',
      { detail: 'Service temporarily unavailable, try again later.' },
    ]);
    expect(seen.asked).toBe(9 + 9 * 8);

    // Another user does not wait, nor does a short list.
    expect((await program.call('GET', lists()['Solari, of a group']!.path, { token: ben.token })).status).toBe(200);
    const short = await program.call('GET', '/thanchat/chatApp/chatRooms/', { token: ann.token });
    expect(short.headers.get('content-length')).toBe(String(Buffer.byteLength(short.text)));

    const asked = seen.asked;
    first.request.destroy();
    const [left, next, ...more] = others;
    left!.request.destroy();
    for (const { request } of more) request.destroy();
    const answer = await next!.response;
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await once(answer, 'end');
    gate.resolve();
    // One list of twenty-four pages, of which eight had been read.
    expect(seen.asked - asked).toBeLessThanOrEqual(18);
  });
});
