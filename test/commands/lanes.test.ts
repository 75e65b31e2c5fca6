// Two processes' message lanes on one log in EventStoreDB, at the worst moments of a race.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessageLane } from '../../src/commands/messageLane.ts';
import { messages } from '../../src/domain/message.ts';
import { openEventStoreDb } from '../../src/store/eventStoreDb/eventStore.ts';
import { type EventStore, type KeyStore, Unavailable } from '../../src/store/ports.ts';
import { elsewhereOn } from '../support/core.ts';
import { findNode } from '../support/eventStoreDb/findNode.ts';
import { historyOn, newKeys } from '../support/history.ts';
import { instead } from '../support/instead.ts';
import { messageSent } from '../support/scenario.ts';

describe('two processes', () => {
  const conversationId = randomUUID();
  const keyed = { actorId: null, correlationId: 'test', commandId: randomUUID(), commandHash: 'content' };
  const opened: EventStore[] = [];
  const open = async (): Promise<EventStore> => {
    const store = await openEventStoreDb({ url: node.url });
    opened.push(store);
    return store;
  };
  let node: Awaited<ReturnType<typeof findNode>>;
  let events: EventStore;
  let keys: KeyStore;
  beforeAll(async () => {
    node = await findNode();
    events = await open();
    keys = await newKeys();
  });
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await Promise.all([node.close(), keys.close()]);
  });
  /** What one more process has, with a connection of its own. `beforeAppend` runs before each of its appends. */
  const start = async (
    beforeAppend: () => Promise<unknown> = async () => undefined,
    ownKeys = keys,
  ): Promise<MessageLane> => {
    const store = await open();
    const slowed: EventStore = {
      ...store,
      readStream: (stream, range) => store.readStream(stream, range),
      append: async (...append) => {
        await beforeAppend();
        return store.append(...append);
      },
    };
    return elsewhereOn(historyOn(slowed, ownKeys), { now: () => new Date(), newId: randomUUID }).messages;
  };
  const once = (work: () => Promise<unknown>) => {
    let done: Promise<unknown> | undefined;
    return () => (done ??= work());
  };
  const say = (lane: MessageLane, meta: object = keyed) =>
    lane.append(messages, conversationId, { ...keyed, ...meta }, () => [messageSent(conversationId)]);

  test('that decide one command record it once, though the one comes between the other and its append', async () => {
    const fast = await start();
    await say(fast, { commandId: randomUUID() });
    const slow = await start(
      once(async () => {
        await say(fast, { commandId: randomUUID() });
        await say(fast);
      }),
    );
    expect(await say(slow)).toMatchObject({ replayed: true, revision: 2 });
    expect(await events.readStream(messages.stream(conversationId))).toHaveLength(3);
  });

  test('that are given two commands under one key carry out one of them', async () => {
    const first = await start();
    await say(first, { commandId: randomUUID() });
    const commandId = randomUUID();
    const late = await start(once(() => say(first, { commandId, commandHash: 'of the one' })));
    await expect(say(late, { commandId, commandHash: 'of the other' })).rejects.toThrow('command-key-reused');
  });

  test('go on sending while the keys are away; only a retry of what the other one recorded waits for them', async () => {
    let findKeys: KeyStore['get'] = keys.get;
    const goingAway = () => instead(keys, { get: (ids) => findKeys(ids) });
    const [one, other] = [await start(undefined, goingAway()), await start(undefined, goingAway())];
    const [first, own] = [randomUUID(), randomUUID()];
    for (const lane of [one, other]) await say(lane, { commandId: randomUUID() });
    findKeys = () => Promise.reject(new Unavailable('keys'));
    await say(one, { commandId: first });
    const late = await start(undefined, goingAway());
    expect(await say(other, { commandId: own })).toMatchObject({ replayed: false });
    expect(await say(one, { commandId: randomUUID() })).toMatchObject({ replayed: false });
    await expect(say(other, { commandId: first })).rejects.toThrow(Unavailable);
    // It lacks the key of whoever sends, and no more.
    await expect(say(late, { commandId: randomUUID() })).rejects.toThrow(Unavailable);
    expect(await late.count(conversationId)).toBeGreaterThan(0);
    findKeys = keys.get;
    expect(await say(other, { commandId: first })).toMatchObject({ replayed: true });
    const receipt = await one.receiptOf(messages, conversationId, { ...keyed, commandId: own });
    expect(receipt).toMatchObject({ commandHash: 'content' });
    await expect(say(one, { commandId: own, commandHash: 'of another' })).rejects.toThrow('command-key-reused');
  });

  test('that write to one stream at once each get their turn, the slower one too', async () => {
    const slow = await start();
    const slower = await start(() => delay(15));
    const busyId = randomUUID();
    const write = (lane: MessageLane) =>
      lane.append(messages, busyId, { actorId: null, correlationId: 'test' }, () => [messageSent(busyId)]);
    const over = new AbortController();
    let written = 0;
    const busy = Array.from({ length: 8 }, async () => {
      for (; !over.signal.aborted; written++) await write(slow);
    });
    try {
      for (let i = 0; i < 10; i++, written++) await write(slower);
    } finally {
      over.abort();
      await Promise.all(busy);
    }
    const [last] = await events.readStream(messages.stream(busyId), { backwards: true, limit: 1 });
    expect(last?.revision).toBe(written - 1);
  });
});
