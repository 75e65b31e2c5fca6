// Who has seen a message, who is told at once, and who withholds it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conversations } from '../../src/domain/conversation.ts';
import type { Reading } from '../../src/http/reading.ts';
import { seenBy } from '../../src/http/showAttention.ts';
import { callAs } from '../support/callAs.ts';
import { plainMeta } from '../support/core.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, type Frame, listening, type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
/** Two processes over one log. */
let here: SocketServer;
let there: SocketServer;
let ann: Person;
let ben: Person;
let cleo: Person;
const clients: Client[] = [];

beforeAll(async () => {
  program = await startProgram();
  [here, there] = await Promise.all([startSockets(program), startSockets(program)]);
  [ann, ben, cleo] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cleo')]);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all([here.close(), there.close()]);
  await program.close();
});

const ask = (by: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: by.token, ...(json === undefined ? {} : { json }) });
const call = callAs(() => program);
const group = async (owner: Person, members: readonly Person[], more: object = {}): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'team', memberIds: members.map(({ id }) => id), ...more })).id;
const say = (by: Person, where: string, text = 'hello') =>
  call(by, 'POST', `/v1/conversations/${where}/messages`, { text });
const mark = (by: Person, where: string, upTo: number) => call(by, 'POST', `/v1/conversations/${where}/read`, { upTo });
const show = (by: Person, shown: boolean) => call(by, 'PUT', '/v1/me/receipts', { shown });
const seenPath = ({ conversationId, id }: { conversationId: string; id: string }) =>
  `/v1/conversations/${conversationId}/messages/${id}/seen`;
const seen = async (
  by: Person,
  message: { conversationId: string; id: string },
  limit = 50,
): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const { items, next } = await call(by, 'GET', `${seenPath(message)}?limit=${limit}${after}`);
    ids.push(...items.map(({ id }: { id: string }) => id));
    if (next === null) return ids;
    after = `&after=${next}`;
  }
};
const refused = async (by: Person, message: { conversationId: string; id: string }) =>
  (await ask(by, 'GET', seenPath(message))).json.code;
/** The policy, as its owners would set it. */
const setReceipts = async (where: string, receipts: boolean): Promise<void> => {
  const { core } = program.services;
  await core.ledger.transact(conversations, where, plainMeta(ann.id), ({ policy }) => [
    { type: 'PolicySet', data: { conversationId: where, policy: { ...policy, receipts }, setBy: ann.id } },
  ]);
  await program.settled();
};

const everyPage = { page: (read: () => Promise<unknown>) => read() } as Reading;

describe('a message was seen', () => {
  test('by those who have read so far, its sender aside, those first who have read least', async () => {
    const dora = await program.person('dora');
    const team = await group(ann, [ben, cleo, dora]);
    const [first, second] = [await say(ann, team), await say(ann, team)];
    await mark(ann, team, 2);
    await mark(ben, team, 2);
    await mark(cleo, team, 1);
    for (const limit of [1, 50]) expect(await seen(ann, first, limit)).toEqual([cleo.id, ben.id]);
    expect(await seen(dora, second)).toEqual([ben.id]);
  });

  test('and a cursor names only who is shown, though others withhold it', async () => {
    const hidden = await Promise.all(['hidden1', 'hidden2', 'hidden3'].map((name) => program.person(name)));
    const team = await group(ann, [...hidden, ben, cleo]);
    const messages = [await say(ann, team), await say(ann, team), await say(ann, team)];
    for (const [i, person] of [...hidden, ben, cleo].entries()) await mark(person, team, i < 3 ? i + 1 : 3);
    for (const person of hidden) await show(person, false);
    const cursors: string[] = [];
    for (let after = ''; ; ) {
      const { next } = await call(ben, 'GET', `${seenPath(messages[0])}?limit=1${after}`);
      if (next === null) break;
      cursors.push(Buffer.from(next, 'base64url').toString());
      after = `&after=${next}`;
    }
    for (const { id } of hidden) expect(cursors.filter((cursor) => cursor.includes(id))).toEqual([]);
    expect(await seen(ben, messages[0], 1)).toEqual([ben.id, cleo.id].toSorted());
    const { queries } = program.services;
    const one = (of: string, from: string) => queries.readersFrom(of, from, 1);
    const asked = { queries: { ...queries, readersFrom: one }, reading: everyPage, userId: ben.id };
    // Read in small parts, a page is as long.
    const page = await seenBy(asked, { ...messages[0], messageId: messages[0].id }, { after: undefined, limit: 50 });
    expect(page).toMatchObject({ items: [{}, {}], next: null });
  });

  test('a page of another message goes on with those alone who have read so far', async () => {
    const team = await group(ann, [ben, cleo]);
    const [first, second] = [await say(ann, team), await say(ann, team)];
    const [one, other] = [ben, cleo].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await mark(one!, team, 1);
    await mark(other!, team, 1);
    const { next } = await call(ann, 'GET', `${seenPath(first)}?limit=1`);
    expect(next).not.toBeNull();
    expect((await call(ann, 'GET', `${seenPath(second)}?after=${next}`)).items).toEqual([]);
  });

  test('still, when its reader marks it as unread', async () => {
    const team = await group(ann, [ben]);
    const message = await say(ann, team);
    await mark(ben, team, 1);
    await mark(ben, team, 0);
    expect(await seen(ann, message)).toEqual([ben.id]);
  });

  test('by nobody who came after it, and by nobody who has left', async () => {
    const open = await group(ann, [], { public: true });
    const message = await say(ann, open);
    await call(ben, 'POST', `/v1/conversations/${open}/join`);
    await mark(cleo, open, 1);
    expect(await seen(ann, message)).toEqual([]);
    await call(cleo, 'POST', `/v1/conversations/${open}/join`);
    const later = await say(ann, open);
    for (const reader of [ben, cleo]) await mark(reader, open, 2);
    expect([await seen(ann, message), (await seen(ann, later)).toSorted()]).toEqual([[], [ben.id, cleo.id].toSorted()]);
    await call(ben, 'POST', `/v1/conversations/${open}/leave`);
    expect(await seen(ann, later)).toEqual([cleo.id]);
  });

  test('is told to members alone', async () => {
    const [team, open] = [await group(ann, [ben]), await group(ann, [ben], { public: true })];
    const [hidden, shown] = [await say(ann, team), await say(ann, open)];
    expect([await refused(cleo, hidden), await refused(cleo, shown)]).toEqual(['conversation-unknown', 'not-a-member']);
    expect(await refused(ben, { ...hidden, id: shown.id })).toBe('message-unknown');
  });

  test('is told to nobody where the policy says so, as in a room at first', async () => {
    const team = await group(ann, [ben]);
    const message = await say(ann, team);
    await mark(ben, team, 1);
    await setReceipts(team, false);
    expect(await refused(ann, message)).toBe('receipts-off');
    await setReceipts(team, true);
    expect(await seen(ann, message)).toEqual([ben.id]);
    const { id: room } = await call(ann, 'POST', '/v1/rooms', { name: 'lobby' });
    const inRoom = await say(ann, room);
    await mark(cleo, room, 1);
    expect(await refused(ann, inRoom)).toBe('receipts-off');
    await setReceipts(room, true);
    expect(await seen(ben, inRoom)).toEqual([cleo.id]);
  });

  test('is not shown of who withholds it, nor to them', async () => {
    const eve = await program.person('eve');
    const team = await group(ann, [ben, eve]);
    const message = await say(ann, team);
    for (const reader of [ben, eve]) await mark(reader, team, 1);
    await show(eve, false);
    expect((await call(eve, 'GET', '/v1/me')).showsReceipts).toBe(false);
    expect([await seen(ann, message), await refused(eve, message)]).toEqual([[ben.id], 'receipts-off']);
    await show(eve, true);
    expect((await seen(ann, message)).toSorted()).toEqual([ben.id, eve.id].toSorted());
    expect(await seen(eve, message)).toContain(ben.id);
  });
});

describe('on sockets', () => {
  const hear = async (server: SocketServer, who: Person, subscription = {}): Promise<Client> => {
    const client = await listening(server, who.token, subscription);
    clients.push(client);
    return client;
  };
  /** What a client was told of one conversation up to a message that it hears last. */
  const toldOf = async (client: Client, own: Person, where: string, type = 'seen'): Promise<readonly Frame[]> => {
    const { position } = await say(own, await group(own, []), 'marker');
    await client.next('message', { position });
    return client.frames.filter((frame) => frame.type === type && frame.conversationId === where);
  };

  test('the other members are told who reads, at every process and when they come back, but not of going back', async () => {
    const team = await group(ann, [ben, cleo]);
    const { position: after } = await say(ann, team);
    await say(ann, team);
    const [annHears, cleoHears, benHears] = [await hear(here, ann), await hear(there, cleo), await hear(there, ben)];
    await mark(ben, team, 1);
    await mark(ben, team, 0);
    await mark(ben, team, 2);
    const told = (frames: readonly Frame[]) => frames.map(({ userId, upTo }) => [userId, upTo]);
    const expected = [
      [ben.id, 1],
      [ben.id, 2],
    ];
    for (const [client, own] of [
      [annHears, ann],
      [cleoHears, cleo],
    ] as const)
      expect(told(await toldOf(client, own, team))).toEqual(expected);
    expect(await toldOf(benHears, ben, team)).toEqual([]);
    expect(await toldOf(benHears, ben, team, 'read')).toHaveLength(3);
    const [returned, own] = [await hear(here, ann, { after }), await hear(here, ben, { after })];
    expect(await toldOf(returned, ann, team)).toEqual(
      annHears.frames.filter(({ type, conversationId }) => type === 'seen' && conversationId === team),
    );
    expect(await toldOf(own, ben, team)).toEqual([]);
    expect((await toldOf(own, ben, team, 'read')).map(({ upTo }) => upTo)).toEqual([1, 0, 2]);
  });

  test('the policy of the moment decides who is told of a reading', async () => {
    const open = await group(ann, [ben], { public: true });
    const { position: after } = await say(ann, open);
    await setReceipts(open, false);
    await say(ann, open);
    const hears = await hear(here, ann, { conversationIds: [open] });
    await mark(ben, open, 1);
    await setReceipts(open, true);
    await mark(ben, open, 2);
    expect((await toldOf(hears, ann, open)).map(({ upTo }) => upTo)).toEqual([2]);
    const returned = await hear(here, ann, { after, conversationIds: [open] });
    expect((await toldOf(returned, ann, open)).map(({ upTo }) => upTo)).toEqual([2]);
  });

  test('nobody is told of who withholds it, nor are they, nor who is no member', async () => {
    const [fay, gil] = [await program.person('fay'), await program.person('gil')];
    const open = await group(ann, [fay, ben], { public: true });
    const { position: after } = await say(ann, open);
    await show(fay, false);
    const [annHears, fayHears] = [await hear(here, ann), await hear(here, fay)];
    const gilHears = await hear(here, gil, { conversationIds: [open] });
    await mark(fay, open, 1);
    await mark(ben, open, 1);
    expect((await toldOf(annHears, ann, open)).map(({ userId }) => userId)).toEqual([ben.id]);
    for (const [client, who] of [
      [fayHears, fay],
      [gilHears, gil],
      [await hear(here, fay, { after }), fay],
      [await hear(here, gil, { after, conversationIds: [open] }), gil],
    ] as const)
      expect(await toldOf(client, who, open)).toEqual([]);
    // While the socket is open.
    await show(fay, true);
    await say(ann, open);
    await mark(ben, open, 2);
    expect((await toldOf(fayHears, fay, open)).map(({ upTo }) => upTo)).toEqual([2]);
  });
});
