// Append only: the way of every message. No decision needs the messages before it, so the lane starts at the end of a
// conversation's messages and never folds them.

import type { Events, Meta } from '../domain/events.ts';
import { messages } from '../domain/message.ts';
import type { Outcome, UnkeyedMeta } from './decideTogether.ts';
import { createKnownStreams, type KnownStreamsOptions, type Stream } from './knownStreams.ts';
import type { Receipt } from './receipts.ts';

/** More than of the ledger: in a busy conversation, many processes write at once. */
const ATTEMPTS = 100;
/** The moment up to which the store knows the stream without looking. */
const HEARD_OF = Number.NEGATIVE_INFINITY;
const unfolded = { initial: () => undefined, evolve: () => undefined };

export type MessageLane = ReturnType<typeof createMessageLane>;

export const createMessageLane = (options: KnownStreamsOptions) => {
  const { events, clock } = options;
  const { open, transact, receiptIn } = createKnownStreams<undefined>(options, {
    attempts: ATTEMPTS,
    // Other writers' messages matter only to a retry of the same command, and that retry meets them as a conflict.
    since: (isRetry) => (isRetry ? clock() : HEARD_OF),
  });

  const findEnd = async (lane: Stream<undefined>): Promise<void> => {
    if (lane.readAt > HEARD_OF) return;
    const readAt = clock();
    // The first event is read only to know that nobody hides the beginning.
    const [[last]] = await Promise.all([
      events.readStream(lane.name, { backwards: true, limit: 1 }),
      events.readStream(lane.name, { limit: 1 }),
    ]);
    const { revision, position } = last ?? lane;
    Object.assign(lane, { revision, position, readAt });
    lane.coverage.missingUpTo = position;
  };

  const laneOf = async (conversationId: string): Promise<Stream<undefined>> => {
    const lane = open(messages.stream(conversationId), unfolded);
    if (lane.readAt === HEARD_OF) await lane.queue.run(() => findEnd(lane));
    return lane;
  };

  return {
    /**
     * Appends the events that `decide` returns to the messages of a conversation. It may call `decide` more than once.
     * @throws Refused as `decide` does; `command-key-reused`; `conflict` after losing to other writers again and again
     */
    append: async (conversationId: string, meta: UnkeyedMeta, decide: () => Events): Promise<Outcome> =>
      transact(await laneOf(conversationId), meta, decide),
    /** The receipt of a command that was recorded. @throws Refused `command-key-reused`; Unavailable */
    receiptOf: async (conversationId: string, meta: Meta): Promise<Receipt | undefined> =>
      meta.commandId === undefined ? undefined : receiptIn(await laneOf(conversationId), meta),
  };
};
