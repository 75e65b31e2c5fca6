// Append only: the way of every message, and of what is noted of security. No decision needs the events before, so the lane
// starts at the end of a stream and never folds it. That of an import folds what comes from there on.

import type { Aggregate, AppendOnly } from '../domain/aggregate.ts';
import type { Events, Meta } from '../domain/events.ts';
import { PersistentMap } from '../domain/persistentMap.ts';
import { streams } from '../domain/streams.ts';
import type { Outcome } from './decideTogether.ts';
import { createKnownStreams, type KnownStreamsOptions, NEVER, type Stream } from './knownStreams.ts';
import type { Receipt } from './receiptAt.ts';

/** More than of the ledger: in a busy conversation, many processes write at once. */
const ATTEMPTS = 100;

export type MessageLane = ReturnType<typeof createMessageLane>;

const fromTheEnd = <State>(options: KnownStreamsOptions) => {
  const { events, clock } = options;

  /** Finds the end of the stream. */
  const begin = (lane: Stream<State>): Promise<void> =>
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

  const known = createKnownStreams<State>(options, {
    attempts: ATTEMPTS,
    // Other writers' messages matter only to whoever records the same ones, and that one meets them as a conflict.
    asOf: (isRetry) => (isRetry ? clock() : NEVER),
    isSealed: true,
    begin,
  });
  return { ...known, begin };
};

/** By id, the messages that were recorded since the lane began, by anybody. */
type RecordedSince = PersistentMap<true>;

const recordedSince: Aggregate<RecordedSince> = {
  stream: streams.messages,
  initial: () => PersistentMap.empty,
  evolve: (known, event) => (event.type === 'MessageSent' ? known.with(event.data.messageId, true) : known),
};

export type OpenImportLane = ReturnType<typeof importLanes>;

/**
 * The way of imported messages: several imports may record the same ones at once, and each is recorded once. It begins at the
 * present end of the conversation: the views have to be asked for what was recorded before. @throws Unavailable
 */
export const importLanes = (options: KnownStreamsOptions) => async (conversationId: string) => {
  const { open, begin, transact } = fromTheEnd<RecordedSince>(options);
  await begin(open(recordedSince, conversationId));
  return {
    append: (meta: Meta, decide: (recorded: RecordedSince) => Events): Promise<Outcome> =>
      transact(recordedSince, conversationId, meta, decide),
  };
};

export const createMessageLane = (options: KnownStreamsOptions) => {
  const { events, receipts } = options;
  const { open, begin, transact } = fromTheEnd<undefined>(options);

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
