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
  /** `before` runs right before its first append. */
  const ledgerOn = (before: () => Promise<unknown> = async () => undefined) => {
    let raced: Promise<unknown> | undefined;
    const racing: Pick<EventStore, 'append' | 'readStream'> = {
      readStream: (stream, range) => events.readStream(stream, range),
      append: async (...append) => {
        raced ??= before();
        await raced;
        return events.append(...append);
      },
    };
    return createLedger({
      events: { ...events, ...racing },
      now: () => new Date(),
      newId: randomUUID,
      receiptOf: async () => undefined,
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
});
