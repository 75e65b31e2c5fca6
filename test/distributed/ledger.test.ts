// Two processes' ledgers on one log, at the worst moments of a race.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLedger } from '../../src/commands/ledger.ts';
import { messages } from '../../src/domain/message.ts';
import type { EventStore } from '../../src/store/ports.ts';
import { describeOnSite } from '../support/distributed.ts';
import { event } from '../support/scenario.ts';

await describeOnSite('two ledgers', {}, ({ events }) => {
  const conversationId = randomUUID();
  const keyed = { actorId: null, correlationId: 'test', commandId: randomUUID(), commandHash: 'content' };
  const sent = {
    messageId: randomUUID(),
    conversationId,
    number: 1,
    senderId: null,
    receiverId: null,
    kind: 'text',
    text: 'once',
    fileId: null,
  } as const;
  const ledgerWith = (append: EventStore['append']) =>
    createLedger({
      events: { ...events, readStream: (stream, range) => events.readStream(stream, range), append },
      hasOthers: true,
      now: () => new Date(),
      newId: randomUUID,
      receiptInViews: async () => undefined,
    });
  /** `before` runs right before its first append. */
  const ledgerOn = (before: () => Promise<unknown> = async () => undefined) => {
    let raced: Promise<unknown> | undefined;
    return ledgerWith(async (...append) => {
      raced ??= before();
      await raced;
      return events.append(...append);
    });
  };
  const say = (ledger: ReturnType<typeof ledgerOn>, meta: object = keyed) =>
    ledger.transact(messages, conversationId, { ...keyed, ...meta }, () => [event('MessageSent', sent)]);

  test('that decide one command record it once, though the one comes between the other and its append', async () => {
    const fast = ledgerOn();
    await say(fast, { commandId: randomUUID() });
    const slow = ledgerOn(async () => {
      await say(fast, { commandId: randomUUID() });
      await say(fast);
    });
    expect((await say(slow)).replayed).toBe(true);
    expect(await events.readStream(messages.stream(conversationId))).toHaveLength(3);
  });

  test('that are given two commands under one key carry out one of them', async () => {
    const first = ledgerOn();
    await say(first, { commandId: randomUUID() });
    const commandId = randomUUID();
    const late = ledgerOn(() => say(first, { commandId, commandHash: 'of the one' }));
    await expect(say(late, { commandId, commandHash: 'of the other' })).rejects.toThrow('command-key-reused');
  });

  test('that write to one stream at once each get their turn, the slower one too', async () => {
    const slow = ledgerOn();
    const slower = ledgerWith(async (...append) => {
      await new Promise((resolve) => setTimeout(resolve, 15));
      return events.append(...append);
    });
    const busyId = randomUUID();
    const write = (ledger: typeof slow) =>
      ledger.transact(messages, busyId, { actorId: null, correlationId: 'test' }, () => [event('MessageSent', sent)]);
    const over = new AbortController();
    let written = 0;
    const busy = Array.from({ length: 8 }, async () => {
      for (; !over.signal.aborted; written++) await write(slow);
    });
    try {
      for (let i = 0; i < 20; i++, written++) await write(slower);
    } finally {
      over.abort();
      await Promise.all(busy);
    }
    const [last] = await events.readStream(messages.stream(busyId), { backwards: true, limit: 1 });
    expect(last?.revision).toBe(written - 1);
  });
});
