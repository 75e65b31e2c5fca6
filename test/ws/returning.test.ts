// Removed, and back: a client that follows docs/socket.md has the same messages on every way, each once.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { smallPages } from '../support/smallPages.ts';
import { type Client, connect, type Frame, type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
let server: SocketServer;
let ann: Person;
let ben: Person;
let team: string;

/** Events of one page of the log. */
const PAGE = 10;

beforeAll(async () => {
  program = await startProgram({ stores: smallPages(PAGE) });
  server = await startSockets(program);
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});

afterAll(async () => {
  await server.close();
  await program.close();
});

const call = async (method: string, path: string, json?: unknown) => {
  const reply = await program.call(method, path, { token: ann.token, json });
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply.json;
};

const head = () => program.services.events.head();
const group = async (members: readonly Person[]): Promise<string> =>
  (await call('POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id) })).id;
const say = (text: string) => call('POST', `/v1/conversations/${team}/messages`, { text });
const put = () => call('POST', `/v1/conversations/${team}/members`, { userId: ben.id });
const remove = () => call('DELETE', `/v1/conversations/${team}/members/${ben.id}`);

beforeEach(async () => {
  team = await group([]);
});

/** A client that does as docs/socket.md says. */
interface Reader {
  readonly client: Client;
  /** The team's messages, in the order in which it got them. */
  readonly messages: readonly Frame[];
  /** Those it had when it was told all up to a position. */
  heldAt(position: number): readonly Frame[];
  /** Takes frames up to the message of that position. */
  upTo(position: number): Promise<void>;
  close(): Promise<void>;
}

/** `known`: what it has from before. */
const reader = async (after?: number, known: readonly Frame[] = []): Promise<Reader> => {
  const client = await connect(server, { token: ben.token });
  const messages: Frame[] = [...known];
  const held: { position: number; count: number }[] = [];

  /** What lies before one’s own `member-added`, from where one’s messages end. */
  const fetchBefore = async (position: number): Promise<void> => {
    for (;;) {
      const path = `/v1/conversations/${team}/messages?after=${messages.at(-1)?.seq ?? 0}&limit=2`;
      const headers = { 'X-Min-Position': String(position) };
      const reply = await program.call('GET', path, { token: ben.token, headers });
      // Out again: there will be another `member-added`, or nothing to be read.
      if (reply.status === 404) return;
      expect(reply.status, reply.text).toBe(200);
      const earlier = reply.json.items.filter((message: Frame) => message.position < position);
      messages.push(...earlier);
      if (earlier.length < 2) return;
    }
  };

  const follow = async (frame: Frame): Promise<void> => {
    if (frame.conversationId === team && frame.type === 'message') messages.push(frame.message);
    if (frame.conversationId === team && frame.type === 'member-added' && frame.userId === ben.id)
      await fetchBefore(frame.position);
    held.push({ position: frame.position, count: messages.length });
  };

  await client.next('ready');
  client.send({ type: 'subscribe', ...(after === undefined ? {} : { after }) });
  if (after === undefined) await client.next('caught-up');
  return {
    client,
    messages,
    heldAt: (position) => messages.slice(0, held.findLast((one) => one.position <= position)?.count ?? 0),
    upTo: async (position) => {
      await client.next('message', { position });
      for (const frame of placed(client)) await follow(frame);
    },
    close: async () => {
      client.close();
      await client.closed;
    },
  };
};

const placed = ({ frames }: Client): readonly Frame[] =>
  frames.filter(({ type }) => ['message', 'conversation', 'member-added', 'member-removed'].includes(type));

const textsOf = ({ messages }: Reader): readonly string[] => messages.map(({ text }) => text);

const expectInOrder = ({ client }: Reader): void => {
  const positions = placed(client).map(({ position }) => position);
  expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
};

/** In and out, with something said at each stage; ends with ben in it. */
const inAndOut = async (rounds: number): Promise<number> => {
  for (let round = 1; round <= rounds; round++) {
    await say(`before ${round}`);
    await say(`before ${round}, again`);
    await put();
    await say(`with ben ${round}`);
    if (round < rounds) await remove();
  }
  return (await say('the end')).position;
};

const everything = (rounds: number): readonly string[] => [
  ...Array.from({ length: rounds }, (_, i) => [
    `before ${i + 1}`,
    `before ${i + 1}, again`,
    `with ben ${i + 1}`,
  ]).flat(),
  'the end',
];

describe.each([1, 3])('who is added, after %i times outside,', (rounds) => {
  test('has every message once, in order: live, and from every position', async () => {
    const live = await reader();
    const from = await head();
    const end = await inAndOut(rounds);
    await live.upTo(end);
    expect(textsOf(live)).toEqual(everything(rounds));
    expectInOrder(live);
    const goingOn = async (after: number): Promise<void> => {
      const back = await reader(after, live.heldAt(after));
      await back.upTo(end);
      expect(textsOf(back), `after ${after}`).toEqual(everything(rounds));
      expectInOrder(back);
      await back.close();
    };
    const places = [...placed(live.client), ...live.messages].map(({ position }) => position);
    await Promise.all([...new Set([from, ...places])].filter((place) => place < end).map(goingOn));
    const fromStart = await reader(0);
    await fromStart.upTo(end);
    expect(textsOf(fromStart)).toEqual(everything(rounds));
    await Promise.all([live.close(), fromStart.close()]);
  });
});

test('who is removed and added again while they catch up has every message once, in order', async () => {
  await put();
  const from = await head();
  // More than one page of history.
  const lines = 3 * PAGE;
  await Promise.all(Array.from({ length: lines }, () => say('line')));
  const back = await reader(from);
  await back.client.next('message');
  await remove();
  await say('without ben');
  await put();
  await remove();
  await say('without ben again');
  await put();
  const end = (await say('the end')).position;
  await back.upTo(end);
  expect(textsOf(back).filter((text) => text === 'line')).toHaveLength(lines);
  expect(textsOf(back).slice(lines)).toEqual(['without ben', 'without ben again', 'the end']);
  expectInOrder(back);
  await back.close();
});

test('who stays outside is told that they went, and nothing that was said after it', async () => {
  await put();
  const from = await head();
  await say('with ben');
  await remove();
  await say('without ben');
  const other = await group([ben]);
  const marker = (await call('POST', `/v1/conversations/${other}/messages`, { text: 'marker' })).position;
  const back = await reader(from);
  await back.upTo(marker);
  const own = back.client.frames.filter(({ conversationId }) => conversationId === team);
  expect(own.map(({ type }) => type)).toEqual(['member-removed']);
  await back.close();
});
