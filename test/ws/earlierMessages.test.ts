// Events about a message, such as an edit with its text, reach only those members who see the message.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { identify } from '../../src/api/credentials.ts';
import { addMember } from '../../src/commands/addMember.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { join } from '../../src/commands/join.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { createHub, type Hub } from '../../src/ws/hub.ts';
import type { Protocol } from '../../src/ws/protocol.ts';
import { meta, plainMeta } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';

const protocol: Protocol = {
  name: 'edits',
  frames: {
    MessageSent: ({ data: { text } }) => ({ sent: text }),
    MessageEdited: ({ data: { text } }) => ({ edited: text }),
    MessageRemoved: ({ data: { messageId } }) => ({ removed: messageId }),
  },
};

/** The views stand still while this is shut. */
const gate = createGate();
/** The views cannot be read. */
let isAway = false;
/** Questions to the views of conversations and messages. */
let asked = 0;
/** The messages of a conversation in which the hub looks for one that the views do not have. */
const LATEST = 2;
let program: Program;
let hub: Hub;
let ann: Person;
let ben: Person;
const stopping = new AbortController();
let running: Promise<void>;
beforeAll(async () => {
  program = await startProgram({
    stores: (stores) => ({
      ...stores,
      views: instead(stores.views, { apply: (...batch) => gate.passed().then(() => stores.views.apply(...batch)) }),
    }),
  });
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  const { progress, queries, events } = program.services;
  hub = createHub({
    ...program.services,
    // Whoever waits for views that stand still waits for ever.
    progress: instead(progress, {
      reached: (position) => gate.passed().then(() => progress.reached(position, 20_000)),
    }),
    queries: {
      ...queries,
      conversationsById: async (ids) => {
        asked++;
        return queries.conversationsById(ids);
      },
      messagesById: async (ids) => {
        asked++;
        if (isAway) throw new Unavailable('views');
        return queries.messagesById(ids);
      },
    },
    events: instead(events, {
      readStream: (stream, { limit = LATEST, ...asked } = {}) =>
        events.readStream(stream, { ...asked, limit: asked.backwards ? Math.min(limit, LATEST) : limit }),
    }),
    startHead: await events.head(),
  });
  running = hub.run(stopping.signal);
});
afterAll(async () => {
  gate.open();
  stopping.abort();
  await running;
  await program.close();
});

const core = () => program.services.core;
const hears = async ({ token }: Person, after?: number) => {
  const identity = (await identify(program.services.authenticator, token))!;
  const sink = keptSink();
  const subscriber = await hub.add({ who: { identity }, protocol, sink, byMembership: true });
  if (after === undefined) hub.goLive(subscriber);
  else await hub.resume(subscriber, after, () => undefined);
  return sink;
};
const groupOf = async (isPublic = false) =>
  (await createGroup(core(), meta(ann.id), { name: 'Team', public: isPublic })).conversationId;
const say = async (conversationId: string, text: string) =>
  (await sendMessage(core(), meta(ann.id), { conversationId, text })).messageId;
const edit = (conversationId: string, messageId: string, text: string) =>
  core().ledger.transact(saidMessages, `${conversationId}-${messageId}`, plainMeta(ann.id), () => [
    { type: 'MessageEdited', data: { conversationId, messageId, senderId: ann.id, text } },
  ]);
const since = (conversationId: string, history: 'all' | 'since-joining') =>
  setPolicy(core(), meta(ann.id), { conversationId, history });
const pushed = async () => {
  const head = await program.services.events.head();
  while (hub.position < head) await new Promise((resolve) => setImmediate(resolve));
};
const add = (conversationId: string) => addMember(core(), meta(ann.id), { conversationId, userId: ben.id });

test('live and in histories, a member receives the edits of what it sees, and who made the group all', async () => {
  const after = await program.services.events.head();
  const team = await groupOf();
  const old = await say(team, 'old');
  await since(team, 'since-joining');
  await add(team);
  const mine = await say(team, 'new');
  await program.settled();
  const live = [await hears(ann), await hears(ben)];
  await edit(team, old, 'old secret');
  await edit(team, mine, 'new text');
  await pushed();
  expect(live.map(({ frames }) => frames)).toEqual([
    [{ edited: 'old secret' }, { edited: 'new text' }],
    [{ edited: 'new text' }],
  ]);
  await program.settled();
  const [all, some] = [await hears(ann, after), await hears(ben, after)];
  expect(all.frames).toEqual([
    { sent: 'old secret' },
    { sent: 'new text' },
    { edited: 'old secret' },
    { edited: 'new text' },
  ]);
  expect(some.frames).toEqual([{ sent: 'new text' }, { edited: 'new text' }]);
  await since(team, 'all');
  await edit(team, old, 'for all');
  await pushed();
  expect(live[1]!.frames.at(-1)).toEqual({ edited: 'for all' });
  const opened = await hears(ben, after);
  // Of several edits a history has the last one.
  expect(opened.frames).toEqual([{ sent: 'new text' }, { edited: 'new text' }, { edited: 'for all' }]);
  await since(team, 'since-joining');
  await pushed();
  expect((await hears(ben, after)).frames).toEqual([{ sent: 'new text' }, { edited: 'new text' }]);
});

test('the views are asked once of a message, however often something happens to it', async () => {
  const team = await groupOf();
  await since(team, 'since-joining');
  const old = await say(team, 'old');
  await add(team);
  const mine = await say(team, 'new');
  await program.settled();
  const live = await hears(ben);
  const before = asked;
  for (const text of ['one', 'two', 'three']) {
    await edit(team, mine, text);
    await edit(team, old, `secret ${text}`);
  }
  await pushed();
  expect(live.frames).toEqual([{ edited: 'one' }, { edited: 'two' }, { edited: 'three' }]);
  // The conversation, and both messages.
  expect(asked - before).toBe(3);
});

test('whoever saw a message before learns that it is gone', async () => {
  const team = await groupOf();
  const old = await say(team, 'old');
  await add(team);
  await since(team, 'since-joining');
  await program.settled();
  const live = await hears(ben);
  await removeMessage(core(), meta(ann.id), { conversationId: team, messageId: old });
  await pushed();
  expect(live.frames).toEqual([{ removed: old }]);
});

test.each([
  ['an open group', true],
  ['a group whose policy shows all', false],
])('in %s, nothing is held back', async (_, isOpen) => {
  const team = await groupOf(isOpen);
  const old = await say(team, 'old');
  if (isOpen) await join(core(), meta(ben.id), { conversationId: team });
  else await add(team);
  await program.settled();
  const live = await hears(ben);
  await edit(team, old, 'edited');
  await pushed();
  expect(live.frames).toEqual([{ edited: 'edited' }]);
});

describe('nobody waits for views that stand still or are away:', () => {
  afterEach(() => {
    gate.open();
    isAway = false;
  });

  test('who is in a new group receives the edit of a new message', async () => {
    const live = await hears(ben);
    gate.shut();
    const team = await groupOf();
    await add(team);
    const one = await say(team, 'one');
    await edit(team, one, 'edited');
    await pushed();
    expect(live.frames).toEqual([{ sent: 'one' }, { edited: 'edited' }]);
  });

  test('a member receives the edits of the latest messages since it joined, and of no other message', async () => {
    const team = await groupOf();
    await since(team, 'since-joining');
    const before = await say(team, 'before');
    await add(team);
    await program.settled();
    const live = await hears(ben);
    gate.shut();
    const first = await say(team, 'first');
    await edit(team, before, 'secret');
    await edit(team, first, 'edited');
    await pushed();
    await say(team, 'second');
    await say(team, 'third');
    await edit(team, first, 'held back: none of the latest');
    await pushed();
    gate.open();
    await program.settled();
    isAway = true;
    const last = await say(team, 'last');
    await edit(team, last, 'edited, too');
    await edit(team, before, 'secret');
    await edit(team, first, 'held back');
    await pushed();
    expect(live.frames).toEqual([
      { sent: 'first' },
      { edited: 'edited' },
      { sent: 'second' },
      { sent: 'third' },
      { sent: 'last' },
      { edited: 'edited, too' },
    ]);
  });
});
