// A removed message at the sockets: whoever was there is told, and whoever comes back is never sent what it said.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { meta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, connect, type Frame, listening } from '../support/sockets.ts';

const SECRET = 'my card is 1234';

const gate = createGate();
let program: Program;
let ann: Person;
let ben: Person;
beforeAll(async () => {
  program = await startProgram({
    stores: (stores) => ({
      ...stores,
      views: instead(stores.views, {
        apply: (...batch) => gate.passed().then(() => stores.views.apply(...batch)),
      }),
    }),
  });
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
});
afterAll(async () => {
  gate.open();
  await program.close();
});

const server = () => ({ port: Number(new URL(program.url).port) });
const core = () => program.services.core;
const groupOf = async (slug: string): Promise<string> => {
  const json = { name: slug, slug, memberIds: [ben.id] };
  return (await program.call('POST', '/v1/groups', { token: ann.token, json })).json.id;
};
const say = async (conversationId: string, text: string): Promise<string> =>
  (await sendMessage(core(), meta(ann.id), { conversationId, text })).messageId;
const remove = (conversationId: string, messageId: string) =>
  removeMessage(core(), meta(ann.id), { conversationId, messageId });

/** What a client knows in the end of the messages of a conversation. */
const knownTo = ({ frames }: Client, conversationId: string): readonly Frame[] => {
  const known = new Map<string, Frame>();
  for (const frame of frames) {
    if (frame.conversationId !== conversationId) continue;
    if (frame.type === 'message') known.set(frame.message.id, frame.message);
    const { messageId: id, removedAt, removedBy } = frame;
    if (frame.type === 'message-removed')
      known.set(id, { ...known.get(id), text: '', file: null, removedAt, removedBy });
  }
  return [...known.values()];
};

test('whoever was there and whoever comes back know the same, and it is sent to nobody again', async () => {
  const after = await program.services.events.head();
  const team = await groupOf('team');
  const present = await listening(server(), ben.token);
  const foreign = await connect(server(), {
    path: '/cht/ws/chat/team/',
    headers: { Authorization: `Bearer ${ben.token}` },
  });
  const messageId = await say(team, SECRET);
  await say(team, 'between');
  // Makes and keeps the frames.
  const early = await listening(server(), ben.token, { after });
  expect(early.frames.filter(({ type }) => type === 'message').map(({ message }) => message.text)).toEqual([
    SECRET,
    'between',
  ]);
  const { position } = await remove(team, messageId);
  const [told, toldEarly] = [await present.next('message-removed'), await early.next('message-removed')];
  expect(told).toEqual({
    type: 'message-removed',
    position,
    conversationId: team,
    messageId,
    removedAt: expect.any(String),
    removedBy: ann.id,
  });
  expect(toldEarly).toEqual(told);
  const late = await listening(server(), ben.token, { after });
  expect(JSON.stringify(late.frames)).not.toContain(SECRET);
  const known = knownTo(present, team);
  expect(known).toMatchObject([
    { id: messageId, seq: 1, text: '', removedBy: ann.id },
    { seq: 2, text: 'between' },
  ]);
  expect([knownTo(early, team), knownTo(late, team)]).toEqual([known, known]);
  await say(team, 'last');
  await expect.poll(() => foreign.frames.length).toBe(3);
  expect(foreign.frames.map(({ message }) => message)).toEqual([SECRET, 'between', 'last']);
  for (const client of [present, early, late, foreign]) client.close();
});

test('while the views do not know it yet, too', async () => {
  const after = await program.services.events.head();
  const team = await groupOf('slow');
  const messageId = await say(team, SECRET);
  await program.settled();
  const present = await listening(server(), ben.token);
  gate.shut();
  await remove(team, messageId);
  await present.next('message-removed');
  const late = await connect(server(), { token: ben.token });
  await late.next('ready');
  late.send({ type: 'subscribe', after });
  late.send({ type: 'ping' });
  await late.next('pong');
  gate.open();
  await late.next('message-removed', { messageId });
  expect(JSON.stringify(late.frames)).not.toContain(SECRET);
  for (const client of [present, late]) client.close();
});
