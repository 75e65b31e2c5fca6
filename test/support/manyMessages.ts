// A long history at little cost: copies of a message that was sent, appended many at a time.

import { randomUUID } from 'node:crypto';
import { APPEND_LIMITS, type EventStore } from '../../src/store/ports.ts';

/** Appends `count` messages to a conversation that has some, each like its last one. */
export const appendMessages = async (events: EventStore, conversationId: string, count: number): Promise<void> => {
  const stream = `messages-${conversationId}`;
  const [last] = await events.readStream(stream, { backwards: true, limit: 1 });
  const { type, data, meta, revision } = last!;
  const said = JSON.parse(data) as { readonly number: number };
  const copies = Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    type,
    data: JSON.stringify({ ...said, messageId: randomUUID(), number: said.number + i + 1, text: `copy ${i}` }),
    meta,
  }));
  for (let at = 0; at < count; at += APPEND_LIMITS.events)
    await events.append(stream, revision + at, copies.slice(at, at + APPEND_LIMITS.events));
};
