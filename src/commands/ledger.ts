// Load, decide, append: the way of every change to a stream whose events are folded into a state. The state is cached, and
// the store is asked before each use for what came since.

import type { Aggregate } from '../domain/aggregate.ts';
import type { DomainEvent, Meta } from '../domain/events.ts';
import type { Command, Outcome, UnkeyedMeta } from './decideTogether.ts';
import { createKnownStreams, type KnownStreamsOptions, type Stream } from './knownStreams.ts';
import type { Receipt } from './receipts.ts';

export interface Ledger {
  /** The state of one stream, with every event appended before the call, or before `since`, by the ledger's clock. */
  load<State>(aggregate: Aggregate<State>, id: string, since?: number): Promise<State>;
  /**
   * The state of one stream as this process last read it, without asking the store: what a reader may be shown while the
   * store is away. Undefined where it was not read within `RECALLED_FOR`, or has changed since. Never to decide upon.
   */
  recall<State>(aggregate: Aggregate<State>, id: string): State | undefined;
  /** The log has an event of `stream`: what was read before it is not recalled. */
  outdate(stream: string, revision: number): void;
  /**
   * What is known of a command that this stream recorded before, under the key that `meta` has.
   * @throws Refused `command-key-reused` where that was another command; Unavailable
   */
  receiptOf<State>(aggregate: Aggregate<State>, id: string, meta: Meta): Promise<Receipt | undefined>;
  /**
   * Decides on fresh state and appends what was decided; deciding may happen more than once.
   * @throws Refused as `decide` does; `command-key-reused`; `conflict` after losing to other writers again and again.
   */
  transact<State>(
    aggregate: Aggregate<State>,
    id: string,
    meta: UnkeyedMeta,
    decide: (state: State) => readonly DomainEvent[],
  ): Promise<Outcome>;
}

const ATTEMPTS = 8;
/** Milliseconds: as long as an access token lasts, so that a process cut off from the log honours a log-out by then. */
const RECALLED_FOR = 15 * 60 * 1000;

/** A load that waits for its turn, and serves everybody who asks until then. */
interface NextLoad {
  since: number;
  readonly state: Promise<unknown>;
}

export const createLedger = (options: KnownStreamsOptions): Ledger => {
  const { clock, receipts } = options;
  const streams = createKnownStreams<unknown>(options, { attempts: ATTEMPTS, since: clock });
  const nextLoads = new WeakMap<Stream<unknown>, NextLoad>();

  const open = <State>(aggregate: Aggregate<State>, id: string): Stream<unknown> =>
    streams.open(aggregate.stream(id), aggregate as Aggregate<unknown>);

  return {
    load: <State>(aggregate: Aggregate<State>, id: string, since = clock()): Promise<State> => {
      const stream = open(aggregate, id);
      let next = nextLoads.get(stream);
      if (next) next.since = Math.max(next.since, since);
      else {
        const load: NextLoad = {
          since,
          state: stream.queue.run(async () => {
            nextLoads.delete(stream);
            await streams.readOn(stream, load.since);
            return stream.state;
          }),
        };
        next = load;
        nextLoads.set(stream, load);
      }
      return next.state as Promise<State>;
    },
    recall: <State>(aggregate: Aggregate<State>, id: string): State | undefined => {
      const stream = streams.peek(aggregate.stream(id));
      const isCurrent = stream && stream.heardOf <= stream.revision && clock() - stream.readAt <= RECALLED_FOR;
      return isCurrent ? (stream.state as State) : undefined;
    },
    outdate: (name, revision) => {
      const stream = streams.peek(name);
      if (stream) stream.heardOf = Math.max(stream.heardOf, revision);
    },
    receiptOf: async (aggregate, id, meta) => {
      if (meta.commandId === undefined) return undefined;
      const stream = open(aggregate, id);
      await stream.queue.run(() => streams.readOn(stream, clock()));
      const receipt = await streams.receiptIn(stream, meta);
      return receipt && receipts.timed(stream.name, receipt);
    },
    transact: (aggregate, id, meta, decide) =>
      streams.transact(open(aggregate, id), meta, decide as Command<unknown>['decide']),
  };
};
