// Load, decide, append: the way of every change to a stream whose events are folded into a state. The ledger caches
// the state, and asks the store for newer events before each use.

import type { Aggregate } from '../domain/aggregate.ts';
import type { Events, Meta } from '../domain/events.ts';
import type { Outcome, UnkeyedMeta } from './decideTogether.ts';
import { createKnownStreams, type KnownStreamsOptions, type Stream } from './knownStreams.ts';
import type { Receipt } from './receiptAt.ts';

const ATTEMPTS = 8;
/** Milliseconds: the life of an access token, so that a process without the log honours a log-out after that time. */
const RECALLED_FOR = 15 * 60 * 1000;

/** A load in the queue. It serves every caller that comes before it begins. */
interface NextLoad {
  asOf: number;
  readonly state: Promise<unknown>;
}

export type Ledger = ReturnType<typeof createLedger>;

export const createLedger = (options: KnownStreamsOptions) => {
  const { clock, receipts } = options;
  const streams = createKnownStreams<unknown>(options, { attempts: ATTEMPTS, asOf: clock });
  const nextLoads = new WeakMap<Stream<unknown>, NextLoad>();

  return {
    /** The state with every event that was appended before the call, or before `asOf`, by the ledger's clock. */
    load: <State>(aggregate: Aggregate<State>, id: string, asOf = clock()): Promise<State> => {
      const stream = streams.open(aggregate, id);
      if (asOf <= stream.readAt) return Promise.resolve(stream.state as State);
      let next = nextLoads.get(stream);
      if (next) next.asOf = Math.max(next.asOf, asOf);
      else {
        const load: NextLoad = {
          asOf,
          state: stream.queue.run(async () => {
            nextLoads.delete(stream);
            await streams.readOn(stream, load.asOf);
            return stream.state;
          }),
        };
        next = load;
        nextLoads.set(stream, load);
      }
      return next.state as Promise<State>;
    },
    /**
     * The state as this process last read it, without asking the store: for readers while the store is away, never for
     * decisions. Undefined if it was not read within `RECALLED_FOR`, or has changed since.
     */
    recall: <State>(aggregate: Aggregate<State>, id: string): State | undefined => {
      const stream = streams.peek(aggregate.stream(id));
      const isCurrent = stream && stream.heardOf <= stream.revision && clock() - stream.readAt <= RECALLED_FOR;
      return isCurrent ? (stream.state as State) : undefined;
    },
    /** The log has this event: states from before it are not recalled. */
    outdate: (name: string, revision: number): void => {
      const stream = streams.peek(name);
      if (stream) stream.heardOf = Math.max(stream.heardOf, revision);
    },
    /** The receipt of a command that this stream recorded. @throws Refused `command-key-reused`; Unavailable */
    receiptOf: async (aggregate: Aggregate<unknown>, id: string, meta: Meta): Promise<Receipt | undefined> => {
      if (meta.commandId === undefined) return undefined;
      const stream = streams.open(aggregate, id);
      await stream.queue.run(() => streams.readOn(stream, clock()));
      const receipt = await receipts.find(stream.coverage, meta, stream.revision);
      return receipt && receipts.timed(stream.name, receipt);
    },
    drop: streams.drop,
    dropThose: streams.dropThose,
    begin: streams.begin as <State>(aggregate: Aggregate<State>, id: string) => void,
    forget: streams.forget as <State>(aggregate: Aggregate<State>, id: string) => void,
    /** Decides on fresh state and appends the events: see `createKnownStreams`. */
    transact: streams.transact as <State>(
      aggregate: Aggregate<State>,
      id: string,
      meta: UnkeyedMeta,
      decide: (state: State) => Events,
    ) => Promise<Outcome>,
  };
};
