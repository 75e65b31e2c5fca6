// Access: every frame of the native socket, sent by every kind of user.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Inbound } from '../../src/ws/wire.ts';
import { type Crowd, everybody, isIn, isOut, makeCrowd, makeGroup, type Who } from '../support/everybody.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type Client, connect } from '../support/sockets.ts';

let program: Program;
let crowd: Crowd;
let group: string;
const clients = {} as Record<Who, Client>;

/** The answer to a frame: the code of a refusal, or the type; undefined: none. */
const answerTo = async (client: Client, frame: object): Promise<string | undefined> => {
  const key = crypto.randomUUID();
  client.send({ key, ...frame });
  client.send({ type: 'ping', key: `after-${key}` });
  await client.next('pong', { key: `after-${key}` });
  const answer = client.frames.find((one) => one.key === key);
  return answer?.code ?? answer?.type;
};

beforeAll(async () => {
  program = await startProgram();
  crowd = await makeCrowd(program);
  group = (await makeGroup(program, crowd)).id;
  for (const who of everybody) clients[who] = await connect({ port: Number(new URL(program.url).port) });
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.close();
  await program.close();
});

type Answers = (who: Who) => string | undefined;

const signedIn =
  (answer: string | undefined): Answers =>
  (who) =>
    isOut(who) ? 'signed-out' : answer;
const within =
  (answer: string | undefined): Answers =>
  (who) =>
    isOut(who) ? 'signed-out' : isIn(who) ? answer : 'conversation-unknown';

/** In this order: the first signs in who can. */
const rows: Readonly<Record<string, { readonly frame: (who: Who) => object; readonly answers: Answers }>> = {
  'sign-in': { frame: (who) => ({ token: crowd.tokens[who] ?? 'none' }), answers: signedIn('ready') },
  subscribe: { frame: () => ({ conversationIds: [group] }), answers: within('caught-up') },
  send: { frame: () => ({ conversationId: group, text: 'x' }), answers: within('accepted') },
  read: { frame: () => ({ conversationId: group, upTo: 1 }), answers: within('accepted') },
  typing: { frame: () => ({ conversationId: group }), answers: within(undefined) },
  ping: { frame: () => ({}), answers: () => 'pong' },
};

test('every frame has its row, and every row its frame', () => {
  expect(new Set(Object.keys(rows))).toEqual(new Set(Inbound.options.map(({ shape }) => shape.type.value)));
});

describe.each(Object.entries(rows))('%s', (type, { frame, answers }) => {
  test('is for whom it is for', async () => {
    const met = new Map<Who, string | undefined>();
    for (const who of everybody) met.set(who, await answerTo(clients[who], { type, ...frame(who) }));
    expect(met).toEqual(new Map(everybody.map((who) => [who, answers(who)])));
  });
});

test('nobody outside the group was pushed anything of it', () => {
  for (const who of everybody) {
    const pushed = clients[who].frames.filter(
      ({ type, conversationId }) => type === 'message' && conversationId === group,
    );
    expect([who, pushed.length > 0]).toEqual([who, isIn(who)]);
  }
});
