// Who comes back while others change things all the time gets its history: what others change is nothing to it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { addMember } from '../../src/commands/addMember.ts';
import { addReaction } from '../../src/commands/addReaction.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { editMessage } from '../../src/commands/editMessage.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { streams } from '../../src/domain/streams.ts';
import type { Services } from '../../src/services.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub } from '../../src/ws/hub.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';
import type { Frame } from '../support/sockets.ts';

/** Changes that others make, as long as somebody waits. */
const MOST = 30;

let program: Program;
let ann: Person;
let ben: Person;
let cyd: Person;
/** Groups of ann and ben, in one of which members see what was said since they joined, and one of ann and cyd. */
let [team, limited, others] = ['', '', ''];
let from = 0;
const ids: Record<'said' | 'elsewhere', string> = { said: '', elsewhere: '' };

const say = (conversationId: string, text: string, replyTo: string | null = null) =>
  sendMessage(program.services.core, meta(ann.id), { conversationId, text, replyTo });
const edit = (conversationId: string, messageId: string, text: string) =>
  editMessage(program.services.core, meta(ann.id), { conversationId, messageId, text });

beforeAll(async () => {
  program = await startProgram();
  [ann, ben, cyd] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cyd')]);
  const { core } = program.services;
  const group = async (member: Person): Promise<string> =>
    (await createGroup(core, meta(ann.id), { name: 'team', memberIds: [member.id] })).conversationId;
  [team, limited, others] = [await group(ben), await group(ben), await group(cyd)];
  await setPolicy(core, meta(ann.id), { conversationId: limited, history: 'since-joining' });
  from = await program.services.events.head();
  ids.said = String((await say(team, 'said')).messageId);
  ids.elsewhere = String((await say(others, 'elsewhere')).messageId);
  const messageId = String((await say(limited, 'for members')).messageId);
  await addReaction(core, meta(ann.id), { conversationId: limited, messageId, emoji: '👍' });
  await say(team, 'an answer', ids.said);
  await say(team, 'the end');
  await program.settled();
});

afterAll(() => program.close());

const textsIn = (frames: readonly Frame[]) => frames.flatMap(({ message }) => (message ? [message.text] : []));
const once = <T>(change: () => Promise<T>) => {
  let changed: Promise<T> | undefined;
  return () => (changed ??= change());
};

/** A running hub; `change` makes a change that it has come to when this resolves, at most so many in all. */
const busyHub = async (
  change: (i: number) => Promise<{ readonly position: number }>,
  overrides: (changing: () => Promise<void>) => Partial<Services>,
) => {
  const { services } = program;
  let [changes, isOver] = [0, false];
  const changing = async (): Promise<void> => {
    if (isOver || changes === MOST) return;
    const { position } = await change(changes++);
    while (hub.position < position) await nextTurn();
  };
  const startHead = await services.events.head();
  const hub = createHub({ ...services, ...overrides(changing), startHead });
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await running;
  });
  const told = async ({ token }: Person, after: number | undefined, sink = keptSink()): Promise<readonly Frame[]> => {
    const identity = (await services.authenticator.byAccessToken(token))!;
    const subscriber = await hub.add({ who: { identity }, protocol: native, sink, byMembership: true });
    if (after === undefined) hub.goLive(subscriber);
    else await hub.resume(subscriber, after, () => undefined);
    return sink.frames;
  };
  const comeBack = async (who: Person, after: number | undefined) => textsIn(await told(who, after));
  return { told, comeBack, passed: changing, changes: () => changes, end: () => (isOver = true) };
};

/** Each time that the hub has read of a stream: what a frame shows of somebody, or a quote. */
const whileReading =
  (changed: string) =>
  (changing: () => Promise<void>): Partial<Services> => {
    const { events } = program.services;
    const readStream: typeof events.readStream = async (stream, range) => {
      const found = await events.readStream(stream, range);
      if (stream === changed) await changing();
      return found;
    };
    return { events: instead(events, { readStream }) };
  };

/** Each time that the views were asked for conversations. */
const whileAsking = (changing: () => Promise<void>): Pick<Services, 'queries'> => {
  const { queries } = program.services;
  const conversationsById: typeof queries.conversationsById = async (asked) => {
    const found = await queries.conversationsById(asked);
    await changing();
    return found;
  };
  return { queries: { ...queries, conversationsById } };
};

const ALL = ['said', 'for members', 'an answer', 'the end'];

test('though the policies of others change whenever the views are asked for it', async () => {
  const { core } = program.services;
  const change = (i: number) =>
    setPolicy(core, meta(ann.id), { conversationId: others, history: i % 2 === 0 ? 'since-joining' : 'all' });
  const { comeBack, changes } = await busyHub(change, whileAsking);
  expect(await comeBack(ben, from)).toEqual(ALL);
  expect(changes()).toBeLessThan(MOST);
});

test('though messages that others quote are edited whenever a quote is made for it', async () => {
  const change = async (i: number) => {
    await say(others, `quoting ${i}`, ids.elsewhere);
    return edit(others, ids.elsewhere, `elsewhere ${i}`);
  };
  const { comeBack, changes } = await busyHub(change, whileReading(streams.messages(team)));
  await comeBack(cyd, undefined);
  expect(await comeBack(ben, from)).toEqual(ALL);
  expect(changes()).toBeLessThan(MOST);
});

test('though messages of others are edited whenever the views are asked for it; who sees them waits, and holds up nobody', async () => {
  const { queries } = program.services;
  const change = (i: number) => edit(others, ids.elsewhere, `edited ${i}`);
  const { comeBack, changes, end } = await busyHub(change, (changing) => ({
    queries: {
      ...queries,
      editsOf: async (asked) => {
        const found = await queries.editsOf(asked);
        if ([...asked].includes(ids.said)) await changing();
        return found;
      },
    },
  }));
  const waiting = comeBack(cyd, from);
  expect(await comeBack(ben, from)).toEqual(ALL);
  expect(changes()).toBeLessThan(MOST);
  end();
  expect((await waiting)[0]).toMatch(/^edited \d+$/);
});

test('though the views stand still since messages of others were edited; who sees them waits', async () => {
  const { progress, events } = program.services;
  const before = await events.head();
  const { promise: moved, resolve: move } = Promise.withResolvers<boolean>();
  const sink = keptSink();
  const change = once(() => edit(others, ids.elsewhere, 'edited'));
  const { told } = await busyHub(change, (changing) => ({
    progress: instead(progress, {
      reached: async (position, patience) => (position > before ? moved : progress.reached(position, patience)),
    }),
    // The views were asked what became of the messages before.
    ...whileAsking(changing),
  }));
  const telling = Promise.all([told(ben, from, sink), told(cyd, from)]);
  await expect.poll(() => textsIn(sink.frames)).toEqual(ALL);
  move(true);
  const [, cyds] = await telling;
  expect(textsIn(cyds)[0]).toBe('edited');
});

describe('who comes back is never shown', () => {
  /** Of ann and ben, the second quotes the first. */
  const threeMessages = async () => {
    const { core } = program.services;
    const { conversationId } = await createGroup(core, meta(ann.id), { name: 'three', memberIds: [] });
    const first = await say(conversationId, 'first');
    await addMember(core, meta(ann.id), { conversationId, userId: ben.id });
    await say(conversationId, 'answer', String(first.messageId));
    const last = await say(conversationId, 'last');
    await program.settled();
    const removing = (messageId: unknown) =>
      removeMessage(core, meta(ann.id), { conversationId, messageId: String(messageId) });
    return { first, last, removing, whileQuoting: whileReading(streams.messages(conversationId)) };
  };

  test('what a message said that is removed while the frames of its page are made', async () => {
    const { first, last, removing, whileQuoting } = await threeMessages();
    const { told } = await busyHub(
      once(() => removing(last.messageId)),
      whileQuoting,
    );
    const messages = (await told(ben, first.position)).filter(({ type }) => type === 'message');
    expect(messages.map(({ message }) => message.text)).toEqual(['answer', '']);
  });

  test('a quote of what is removed while the quote is made', async () => {
    const { first, removing, whileQuoting } = await threeMessages();
    const { told } = await busyHub(
      once(() => removing(first.messageId)),
      whileQuoting,
    );
    const [answer] = (await told(ben, first.position)).filter(({ type }) => type === 'message');
    expect(answer).toMatchObject({ message: { text: 'answer' }, quoted: { message: { text: '' } } });
  });

  /** Once the views have said what the policy is, and before they have said what became of the messages. */
  const whileAsked = (changing: () => Promise<void>): Partial<Services> => {
    const { queries } = program.services;
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    return {
      queries: {
        ...queries,
        conversationsById: async (asked) => {
          const found = await queries.conversationsById(asked);
          answer();
          return found;
        },
        editsOf: async (asked) => {
          await answered;
          await nextTurn();
          await changing();
          return queries.editsOf(asked);
        },
      },
    };
  };

  test.each([
    ['the views are asked', () => whileAsked],
    ['the frames of its page are made', () => whileReading(streams.user(ann.id))],
  ])('an edit of what came before the membership, if the policy changes while %s', async (_, when) => {
    const { core } = program.services;
    const { conversationId } = await createGroup(core, meta(ann.id), { name: 'two', memberIds: [] });
    const first = await say(conversationId, 'first');
    await addMember(core, meta(ann.id), { conversationId, userId: ben.id });
    await edit(conversationId, String(first.messageId), 'edited');
    await say(conversationId, 'last');
    await program.settled();
    const hiding = once(() => setPolicy(core, meta(ann.id), { conversationId, history: 'since-joining' }));
    const { told } = await busyHub(hiding, when());
    const types = (await told(ben, first.position)).map(({ type }) => type);
    expect(types).toContain('message');
    expect(types).not.toContain('message-edited');
  });

  test('a quote that was made for somebody else before what it quotes was removed', async () => {
    const { first, removing } = await threeMessages();
    const { told, passed } = await busyHub(
      () => removing(first.messageId),
      () => ({}),
    );
    const quoteFor = async (who: Person) =>
      (await told(who, first.position)).find(({ quoted }) => quoted !== undefined).quoted.message.text;
    expect(await quoteFor(ben)).toBe('first');
    await passed();
    expect(await quoteFor(ben)).toBe('');
  });
});
