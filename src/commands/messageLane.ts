// Append only: the way of every message, and of what is noted of security. No decision needs the events before, so the lane
// starts at the end of a stream and never folds it.

import type { AppendOnly } from '../domain/aggregate.ts';
import type { Meta } from '../domain/events.ts';
import { streams } from '../domain/streams.ts';
import { createKnownStreams, type KnownStreamsOptions, NEVER, type Stream } from './knownStreams.ts';
import type { Receipt } from './receiptAt.ts';

/** More than of the ledger: in a busy conversation, many processes write at once. */
const ATTEMPTS = 100;

export type MessageLane = ReturnType<typeof createMessageLane>;

export const createMessageLane = (options: KnownStreamsOptions) => {
  const { events, receipts, clock } = options;

  /** Finds the end of the stream. */
  const begin = (lane: Stream<undefined>): Promise<void> =>
    lane.queue.run(async () => {
      if (lane.readAt > NEVER) return;
      const readAt = clock();
      // The first event is read only to know that nobody hides the beginning.
      const [[last]] = await Promise.all([
        events.recorded.readStream(lane.name, { backwards: true, limit: 1 }),
        events.recorded.readStream(lane.name, { limit: 1 }),
      ]);
      const { revision, position } = last ?? lane;
      Object.assign(lane, { revision, position, readAt });
      lane.coverage.missingUpTo = position;
    });

  const { open, transact } = createKnownStreams<undefined>(options, {
    attempts: ATTEMPTS,
    // Other writers' messages matter only to a retry of the same command, and that retry meets them as a conflict.
    asOf: (isRetry) => (isRetry ? clock() : NEVER),
    isSealed: true,
    begin,
  });

  return {
    append: transact,
    /** How many messages a conversation has, the `seq` of the last one. @throws Unavailable */
    count: async (conversationId: string): Promise<number> => {
      const [last] = await events.recorded.readStream(streams.messages(conversationId), { backwards: true, limit: 1 });
      return last === undefined ? 0 : last.revision + 1;
    },
    /** The receipt of a command that was recorded. @throws Refused `command-key-reused`; Unavailable */
    receiptOf: async (aggregate: AppendOnly, id: string, meta: Meta): Promise<Receipt | undefined> => {
      if (meta.commandId === undefined) return undefined;
      const lane = open(aggregate, id);
      if (lane.readAt === NEVER) await begin(lane);
      return receipts.find(lane.coverage, meta, lane.revision);
    },
  };
};
