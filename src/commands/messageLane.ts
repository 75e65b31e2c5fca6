// Append alone: the way of every message. No decision needs the messages before it, so a conversation's messages are
// taken up at their end and never folded.

import type { DomainEvent, Meta } from '../domain/events.ts';
import { messages } from '../domain/message.ts';
import type { Outcome, UnkeyedMeta } from './decideTogether.ts';
import { createKnownStreams, type KnownStreamsOptions, type Stream } from './knownStreams.ts';
import type { Receipt } from './receipts.ts';

export interface MessageLane {
  /**
   * Appends what `decide` gives to the messages of a conversation; deciding may happen more than once.
   * @throws Refused as `decide` does; `command-key-reused`; `conflict` after losing to other writers again and again.
   */
  append(conversationId: string, meta: UnkeyedMeta, decide: () => readonly DomainEvent[]): Promise<Outcome>;
  /** What is known of a command recorded before. @throws Refused `command-key-reused`; Unavailable */
  receiptOf(conversationId: string, meta: Meta): Promise<Receipt | undefined>;
}

/** Everybody writes at once where much is said. */
const ATTEMPTS = 100;
/** What the store knows without looking. */
const HEARD_OF = Number.NEGATIVE_INFINITY;
const unfolded = { initial: () => undefined, evolve: () => undefined };

export const createMessageLane = (options: KnownStreamsOptions): MessageLane => {
  const { events, clock } = options;
  const { open, transact, receiptIn } = createKnownStreams<undefined>(options, {
    attempts: ATTEMPTS,
    // Other writers' messages matter only to a retry of the same command, and that retry meets them as a conflict.
    since: (isRetry) => (isRetry ? clock() : HEARD_OF),
  });

  const takeUp = async (lane: Stream<undefined>): Promise<void> => {
    if (lane.readAt > HEARD_OF) return;
    const readAt = clock();
    const [last] = await events.readStream(lane.name, { backwards: true, limit: 1 });
    const { revision, position } = last ?? lane;
    Object.assign(lane, { revision, position, readAt });
    lane.coverage.missingUpTo = position;
  };

  const laneOf = async (conversationId: string): Promise<Stream<undefined>> => {
    const lane = open(messages.stream(conversationId), unfolded);
    if (lane.readAt === HEARD_OF) await lane.queue.run(() => takeUp(lane));
    return lane;
  };

  return {
    append: async (conversationId, meta, decide) => transact(await laneOf(conversationId), meta, decide),
    receiptOf: async (conversationId, meta) =>
      meta.commandId === undefined ? undefined : receiptIn(await laneOf(conversationId), meta),
  };
};
