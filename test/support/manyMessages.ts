// A long history at little cost: copies of a message that was sent, appended many at a time.

import { randomUUID } from 'node:crypto';
import { decode, encode } from '../../src/domain/codec.ts';
import type { EventOf } from '../../src/domain/events.ts';
import { APPEND_LIMITS, type History } from '../../src/store/ports.ts';

/** Appends `count` messages to a conversation that has some, each like its last one. */
export const appendMessages = async (events: History, conversationId: string, count: number): Promise<void> => {
  const stream = `messages-${conversationId}`;
  const [last] = await events.readStream(stream, { backwards: true, limit: 1 });
  const { data, revision, at, meta } = decode(last!) as EventOf<'MessageSent'>;
  const copies = Array.from({ length: count }, (_, i) => {
    const copy = { ...data, messageId: randomUUID(), number: data.number + i + 1, text: `copy ${i}` };
    return encode(randomUUID(), { type: 'MessageSent', data: copy }, at, meta);
  });
  for (let at = 0; at < count; at += APPEND_LIMITS.events)
    await events.append(stream, revision + at, copies.slice(at, at + APPEND_LIMITS.events));
};
