import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { addMember } from '../../src/commands/addMember.ts';
import { metasFor } from '../../src/commands/context.ts';
import { asOf } from '../../src/commands/core.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import type { Outcome } from '../../src/commands/decideTogether.ts';
import { describeConversation } from '../../src/commands/describeConversation.ts';
import { join } from '../../src/commands/join.ts';
import type { MessageLane } from '../../src/commands/messageLane.ts';
import { createNumbers } from '../../src/commands/numbers.ts';
import { receiptAt } from '../../src/commands/receiptAt.ts';
import type { ReceiptsOptions } from '../../src/commands/receipts.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { decode } from '../../src/domain/codec.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { derivedId } from '../../src/domain/ids.ts';
import { messages } from '../../src/domain/message.ts';
import { readings } from '../../src/domain/reading.ts';
import { type Session, sessions } from '../../src/domain/session.ts';
import { users } from '../../src/domain/user.ts';
import { Conflict, type History, Unavailable } from '../../src/store/ports.ts';
import { elsewhereOn, meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { textsSaid } from '../support/log.ts';
import { event, messageSent } from '../support/scenario.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

/** Another process on the same log. */
const ledgersOn = (events: History, receipts?: Partial<ReceiptsOptions>) => elsewhereOn(events, program.core, receipts);

const said = async (conversationId: string) => {
  await program.settled();
  return (await program.queries.messagesIn(conversationId, { limit: 1000 })).items.map(({ text }) => text);
};

test('a hundred messages sent at once are all there, each once, numbered without doubles', async () => {
  const ann = await program.person('ann1');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Busy' });
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => sendMessage(program.core, meta(ann), { conversationId, text: `${i}` })),
  );
  await program.settled();
  const { items: messages } = await program.queries.messagesIn(conversationId, { limit: 1000 });
  expect(messages.map(({ text }) => Number(text)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, i) => i),
  );
  expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(new Set(messages.map(({ number }) => number)).size).toBe(100);
});

test('the same command under the same key, at once, later and after a restart, is carried out once', async () => {
  const ann = await program.person('ann2');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Keyed' });
  const keyed = meta(ann, { key: randomUUID(), hash: 'content' });
  const send = () => sendMessage(program.core, keyed, { conversationId, text: 'once' });
  const answers = await Promise.all([send(), send(), send()]);
  await sendMessage(program.core, meta(ann), { conversationId, text: 'between' });
  answers.push(await send());
  await program.restart();
  answers.push(await send());
  expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(1);
  expect(await said(conversationId)).toEqual(['once', 'between']);
});

test('another command under the same key is refused, before and after a restart', async () => {
  const ann = await program.person('ann3');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Reused' });
  const key = randomUUID();
  const send = (hash: string) => sendMessage(program.core, meta(ann, { key, hash }), { conversationId, text: hash });
  await send('one');
  await expect(send('two')).rejects.toThrow('command-key-reused');
  await program.restart();
  await expect(send('two')).rejects.toThrow('command-key-reused');
  await expect(Promise.all([send('one'), send('one')])).resolves.toHaveLength(2);
  expect(await said(conversationId)).toEqual(['one']);
});

test('a group made twice under one key is one group', async () => {
  const ann = await program.person('ann4');
  const keyed = meta(ann, { key: randomUUID(), hash: 'content' });
  const groups = await Promise.all([1, 2, 3].map(() => createGroup(program.core, keyed, { name: 'One' })));
  expect(new Set(groups.map(({ conversationId }) => conversationId)).size).toBe(1);
});

test('a chat started from both sides at once is one chat', async () => {
  const [ann, ben] = [await program.person('ann5'), await program.person('ben5')];
  const chats = await Promise.all([
    startDirectChat(program.core, meta(ann), { userId: ben }),
    startDirectChat(program.core, meta(ben), { userId: ann }),
    startDirectChat(program.core, meta(ann), { userId: ben }),
  ]);
  expect(new Set(chats.map(({ conversationId }) => conversationId)).size).toBe(1);
  expect(chats.filter(({ isNew }) => isNew)).toHaveLength(1);
});

test('what another writer appended is seen by the next command, and a lost race is decided again', async () => {
  const [ann, ben, cleo] = [await program.person('ann6'), await program.person('ben6'), await program.person('cleo6')];
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Shared', public: true });
  const { core } = program;
  const elsewhere = ledgersOn(program.stores.events);
  const other = { ...core, ...elsewhere, numbers: createNumbers(elsewhere.ledger) };
  await addMember(other, meta(ann), { conversationId, userId: ben });
  await sendMessage(core, meta(ben), { conversationId, text: 'in' });
  await removeMember(other, meta(ann), { conversationId, userId: ben });
  await expect(sendMessage(core, meta(ben), { conversationId, text: 'out' })).rejects.toThrow('not-a-member');
  await Promise.all([
    ...Array.from({ length: 10 }, (_, i) => sendMessage(core, meta(ann), { conversationId, text: `a${i}` })),
    ...Array.from({ length: 10 }, (_, i) => sendMessage(other, meta(ann), { conversationId, text: `b${i}` })),
    join(core, meta(ben), { conversationId }),
    join(other, meta(cleo), { conversationId }),
  ]);
  expect(await said(conversationId)).toHaveLength(21);
  await program.settled();
  expect((await program.queries.members(conversationId, { limit: 10 })).items).toHaveLength(3);
});

/** Another process on the same log; `before` runs right before each of its appends. */
const another = (before: () => Promise<unknown> = async () => undefined, hasViews = true) => {
  const { core, stores, queries } = program;
  const racing: History = {
    ...stores.events,
    readStream: (stream, range) => stores.events.readStream(stream, range),
    append: async (stream, expected, events) => {
      await before();
      return stores.events.append(stream, expected, events);
    },
  };
  const inViews = async (commandId: string) => {
    if (!hasViews) throw new Unavailable('views');
    await program.settled();
    return receiptAt(stores.events, await queries.receipt(commandId));
  };
  return { ...core, ...ledgersOn(racing, { inViews }) };
};

test('the same command at two processes at the same moment is carried out once', async () => {
  const ann = await program.person('ann7');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Raced' });
  const keyed = meta(ann, { key: randomUUID(), hash: 'content' });
  const send = (core: typeof program.core) => sendMessage(core, keyed, { conversationId, text: 'once' });
  let raced: Promise<{ messageId: string }> | undefined;
  const slow = another(async () => {
    raced ??= sendMessage(program.core, meta(ann), { conversationId, text: 'another' }).then(() => send(program.core));
    await raced;
  });
  const second = await send(slow);
  expect(second.messageId).toBe((await raced!).messageId);
  expect(await said(conversationId)).toEqual(['another', 'once']);
});

test('many who ask for one stream at once share a look at it, but none is shown less than was there when it asked', async () => {
  const ann = await program.person('ann10');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'First' });
  let reads = 0;
  let onRead: () => Promise<unknown> = async () => undefined;
  const { events } = program.stores;
  const { ledger } = ledgersOn({
    ...events,
    readStream: async (stream, range) => {
      reads++;
      const found = await events.readStream(stream, range);
      await onRead();
      return found;
    },
  });
  const late: Promise<string | null>[] = [];
  const nameNow = async () => (await ledger.load(conversations, conversationId)).name;
  onRead = async () => {
    onRead = async () => undefined;
    await describeConversation(program.core, meta(ann), { conversationId, name: 'Second' });
    late.push(...Array.from({ length: 100 }, nameNow));
  };
  expect(await Promise.all(Array.from({ length: 100 }, nameNow))).toEqual(Array(100).fill('First'));
  expect(await Promise.all(late)).toEqual(Array(100).fill('Second'));
  expect(reads).toBe(2);
});

test('what another process appends before an append is answered is not missed, and is read only once', async () => {
  const ann = await program.person('ann11');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'First' });
  let [began, reads] = [0, 0];
  const { events } = program.stores;
  const slow = ledgersOn({
    ...events,
    readStream: (...asked) => {
      reads++;
      return events.readStream(...asked);
    },
    append: async (...asked) => {
      const appended = await events.append(...asked);
      await describeConversation(program.core, meta(ann), { conversationId, name: 'Third' });
      began = performance.now();
      return appended;
    },
  });
  await describeConversation({ ...program.core, ...slow }, meta(ann), { conversationId, name: 'Second' });
  expect((await slow.ledger.load(conversations, conversationId, began)).name).toBe('Third');
  reads = 0;
  expect((await slow.ledger.load(conversations, conversationId, began)).name).toBe('Third');
  expect(reads).toBe(0);
});

test('what was found out for a request counts for its command, unless that was long in coming', () => {
  const began = performance.now() - 500;
  expect(asOf({ ...program.core, began })).toBe(began);
  expect(asOf({ ...program.core, began: began - 1000 })).toBeUndefined();
  const core = { ...program.core, began };
  const clock = vi.spyOn(performance, 'now').mockReturnValue(began + 1001);
  onTestFinished(() => clock.mockRestore());
  expect(asOf(core)).toBeUndefined();
});

test('what was read is recalled without the store, until something came after it', async () => {
  const ann = await program.person('ann8');
  const { ledger } = another();
  expect(ledger.recall(users, ann)).toBeUndefined();
  await ledger.load(users, ann);
  expect(ledger.recall(users, ann)?.names.username).toBe('ann8');
  const revision = (await program.stores.events.readStream(users.stream(ann))).length - 1;
  ledger.outdate(users.stream(ann), revision);
  expect(ledger.recall(users, ann)).toBeDefined();
  ledger.outdate(users.stream(ann), revision + 1);
  expect(ledger.recall(users, ann)).toBeUndefined();
});

test('a join that was not recorded made nobody a member, not even for a moment', async () => {
  const [ann, ben] = [await program.person('ann14'), await program.person('ben14')];
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Full', public: true });
  const full = another(() => Promise.reject(new Unavailable('events')));
  const held = await full.ledger.load(conversations, conversationId);
  await expect(join(full, meta(ben), { conversationId })).rejects.toThrow(Unavailable);
  const recalled = full.ledger.recall(conversations, conversationId);
  const loaded = await full.ledger.load(conversations, conversationId);
  for (const state of [held, recalled, loaded]) expect([...state!.members].map(([userId]) => userId)).toEqual([ann]);
});

test('while the views are away a retried message is still known by its conversation', async () => {
  const ann = await program.person('ann9');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Blind' });
  const keyed = meta(ann, { key: randomUUID(), hash: 'content' });
  const first = await sendMessage(program.core, keyed, { conversationId, text: 'once' });
  await sendMessage(program.core, meta(ann), { conversationId, text: 'more' });
  const blind = another(undefined, false);
  const again = await sendMessage(blind, keyed, { conversationId, text: 'once' });
  expect(again.messageId).toBe(first.messageId);
  await sendMessage(blind, meta(ann, { key: randomUUID(), hash: 'other' }), { conversationId, text: 'new' });
  expect(await said(conversationId)).toEqual(['once', 'more', 'new']);
});

describe('a stream whose id was just made', () => {
  const opening = (sessionId: string, userId: string) =>
    [{ type: 'SessionOpened', data: { sessionId, userId, epoch: 0 } }] as const;

  test('is written unread, and what is written then is known', async () => {
    const [ann, id] = [await program.person('ann30'), randomUUID()];
    const read: string[] = [];
    const { ledger } = ledgersOn(
      instead(program.stores.events, {
        readStream: (stream, range) => {
          read.push(stream);
          return program.stores.events.readStream(stream, range);
        },
      }),
    );
    ledger.begin(sessions, id);
    const before = performance.now();
    await ledger.transact(sessions, id, plainMeta(ann), () => opening(id, ann));
    expect((await ledger.load(sessions, id, before)).userId).toBe(ann);
    expect(read).toEqual([]);
    await ledger.load(sessions, id);
    expect(read).toEqual([sessions.stream(id)]);
  });

  test.each(['its answer is lost', 'another process was first'] as const)(
    'is read if it was written and %s',
    async (what) => {
      const [ann, id] = [await program.person(`ann31${what.length}`), randomUUID()];
      const { events } = program.stores;
      let isFirst = true;
      const { ledger } = ledgersOn(
        instead(events, {
          append: async (...asked) => {
            const answer = await events.append(...asked);
            if (!isFirst) return answer;
            isFirst = false;
            throw what === 'its answer is lost' ? new Unavailable('events') : new Conflict(sessions.stream(id));
          },
        }),
      );
      ledger.begin(sessions, id);
      const seen: string[] = [];
      const decide = (session: Session) => {
        seen.push(session.userId);
        return session.userId === '' ? opening(id, ann) : [];
      };
      await ledger.transact(sessions, id, plainMeta(ann), decide).catch(() => undefined);
      await ledger.transact(sessions, id, plainMeta(ann), decide);
      expect(seen.slice(0, 2)).toEqual(['', ann]);
    },
  );
});

describe('a key', () => {
  const keyedMeta = (actorId: string, hash = 'content') =>
    metasFor(meta(actorId, { key: randomUUID(), hash }), 'somewhere')[0];
  test('that two commands of one append have is decided once', async () => {
    const { events } = program.stores;
    const appends: number[] = [];
    const counting: History = {
      ...events,
      readStream: (stream, range) => events.readStream(stream, range),
      append: async (stream, expected, batch) => {
        appends.push(batch.length);
        return events.append(stream, expected, batch);
      },
    };
    const { ledger, messages: lane } = ledgersOn(counting);
    const [conversationId, userId] = [randomUUID(), randomUUID()];
    const id = `${conversationId}-${userId}`;
    const say = vi.fn(() => [messageSent(conversationId, 'once')]);
    const read = vi.fn(() => [event('MessagesRead', { conversationId, userId, upTo: 1 })]);
    const keyed = keyedMeta(userId);
    for (const [stream, decide, command] of [
      [messages.stream(conversationId), say, () => lane.append(messages, conversationId, keyed, say)],
      [readings.stream(id), read, () => ledger.transact(readings, id, keyed, read)],
    ] as const) {
      const outcomes = await Promise.all([1, 2, 3].map(command));
      expect(outcomes.map(({ events }) => events.length)).toEqual([1, 0, 0]);
      expect(outcomes.map(({ replayed }) => replayed)).toEqual([false, true, true]);
      expect(outcomes.map(({ revision }) => revision)).toEqual([0, 0, 0]);
      expect(decide).toHaveBeenCalledOnce();
      expect(await events.readStream(stream)).toHaveLength(1);
    }
    expect(appends).toEqual([1, 1]);
  });

  test('that two different commands of one append have is refused to the second', async () => {
    const id = randomUUID();
    const lane = ledgersOn(program.stores.events).messages;
    const one = keyedMeta(randomUUID());
    const results = await Promise.allSettled(
      ['content', 'another'].map((commandHash) =>
        lane.append(messages, id, { ...one, commandHash }, () => [messageSent(id, commandHash)]),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await textsSaid(program.stores.events, id)).toEqual(['content']);
  });

  test('whose receipt is no longer remembered is asked of the views, which have to have come that far', async () => {
    const id = randomUUID();
    const asked: [string, number][] = [];
    const inViews: ReceiptsOptions['inViews'] = async (commandId, position) => {
      asked.push([commandId, position]);
      await program.settled();
      return receiptAt(program.stores.events, await program.queries.receipt(commandId));
    };
    // Room for two: each takes some 500 bytes.
    const lane = ledgersOn(program.stores.events, { inViews, maxBytes: 1200 }).messages;
    const commands = Array.from({ length: 5 }, (_, i) => ({ keyed: keyedMeta(randomUUID()), text: `${i}` }));
    const say = ({ keyed, text }: (typeof commands)[number]) =>
      lane.append(messages, id, { ...keyed }, () => [messageSent(id, text)]);
    const first: Outcome[] = [];
    for (const command of commands) first.push(await say(command));
    expect(asked.filter(([commandId]) => commandId === commands[0]!.keyed.commandId)).toEqual([]);
    for (const [i, command] of commands.entries())
      expect(await say(command)).toMatchObject({ position: first[i]!.position, replayed: true });
    expect(await textsSaid(program.stores.events, id)).toEqual(['0', '1', '2', '3', '4']);
    const retried = asked.find(([commandId]) => commandId === commands[0]!.keyed.commandId);
    expect(retried?.[1]).toBe(first[2]!.position);
  });

  test('whose receipt is no longer remembered is answered with its time all the same, where the stream is folded', async () => {
    const inViews: ReceiptsOptions['inViews'] = async (commandId) => {
      await program.settled();
      return receiptAt(program.stores.events, await program.queries.receipt(commandId));
    };
    const { ledger } = ledgersOn(program.stores.events, { inViews, maxBytes: 1200 });
    const [conversationId, userId] = [randomUUID(), randomUUID()];
    const id = `${conversationId}-${userId}`;
    const commands = Array.from({ length: 5 }, () => keyedMeta(userId));
    for (const [i, command] of commands.entries())
      await ledger.transact(readings, id, command, () => [
        event('MessagesRead', { conversationId, userId, upTo: i + 1 }),
      ]);
    const [first] = (await program.stores.events.readStream(readings.stream(id))).map(decode);
    expect(await ledger.receiptOf(readings, id, { ...commands[0]! })).toMatchObject({
      commandHash: 'content',
      position: first!.position,
      at: first!.at,
    });
    expect(await ledger.receiptOf(readings, id, keyedMeta(userId))).toBeUndefined();
  });

  test('of a stream taken up midway is asked of views that have come to where it was taken up, and no other key is', async () => {
    const id = randomUUID();
    const asked: number[] = [];
    const inViews: ReceiptsOptions['inViews'] = async (_, position) => {
      asked.push(position);
      return undefined;
    };
    const fresh = () => ledgersOn(program.stores.events, { inViews });
    const say = (lane: MessageLane, text: string) =>
      lane.append(messages, id, keyedMeta(randomUUID()), () => [messageSent(id, text)]);
    const first = fresh().messages;
    await say(first, 'one');
    const { position } = await say(first, 'two');
    expect(asked).toEqual([]);
    await say(fresh().messages, 'three');
    expect(asked).toEqual([position]);
    await describeConversation(
      { ...program.core, ...fresh() },
      meta(await program.person('ann13'), { key: 'k', hash: 'content' }),
      { conversationId: randomUUID(), name: 'None' },
    ).catch(() => undefined);
    expect(asked).toEqual([position]);
  });

  test('of the former rule, without a target, can be read and is another key', async () => {
    const ann = await program.person('ann12');
    const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Older' });
    const former = { ...plainMeta(ann), commandId: derivedId('command', ann, 'old'), commandHash: 'content' };
    await program.core.messages.append(messages, conversationId, former, () => [messageSent(conversationId, 'before')]);
    const keyed = meta(ann, { key: 'old', hash: 'other content' });
    await sendMessage(program.core, keyed, { conversationId, text: 'after' });
    expect(await said(conversationId)).toEqual(['before', 'after']);
  });
});

test('who is erased between the decision and the append fails alone: others who write at that moment are heard', async () => {
  const { core, stores } = program;
  const [ann, ben] = [await program.person('annkept'), await program.person('bengone')];
  const { conversationId } = await createGroup(core, meta(ann), { name: 'At once', memberIds: [ben] });
  await stores.events.destroy([ben]);
  const says = (by: string, text: string) => sendMessage(core, meta(by), { conversationId, text });
  const outcomes = await Promise.allSettled([
    says(ann, 'one'),
    says(ben, 'two'),
    says(ann, 'three'),
    says(ben, 'four'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'signed-out' });
  expect(await said(conversationId)).toEqual(['one', 'three']);
});
