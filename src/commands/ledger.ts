// Load, decide, append: the way every change takes.
//
// The ledger keeps the folded state of lately used streams and asks the store, before each use, for what came after.
// Commands to one stream wait in one queue and are decided together: a busy conversation costs one append for many
// messages. When another process was first, they are all decided again on the fresh state.

import { setImmediate, setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Aggregate } from '../domain/aggregate.ts';
import type { DomainEvent, Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { Conflict, type EventStore, type NewEvent, NO_STREAM, Unavailable } from '../store/ports.ts';
import { type Command, decideQueued, type Round, type Stream } from './decideQueued.ts';
import { createStreamReader } from './streamReader.ts';

/** A command that was carried out under an idempotency key. */
export interface Receipt {
  readonly commandHash: string;
  readonly position: number;
  /** ISO time of recording, where the stream itself told of the command. */
  readonly at?: string;
}

export interface Outcome {
  /** Of the log, at which what was decided can be seen. 0: nothing was ever recorded in this stream. */
  readonly position: number;
  readonly events: readonly DomainEvent[];
  /** This command was carried out before, under the same key. */
  readonly replayed: boolean;
}

export interface Ledger {
  /**
   * The state of one stream, with every event appended before the call, or before `since`, by `performance.now()`. Not
   * to be kept or changed.
   */
  load<State>(aggregate: Aggregate<State>, id: string, since?: number): Promise<State>;
  /**
   * The state of one stream as this process last read it, without asking the store: what a reader may be shown while
   * the store is away. Undefined where it was not read within `RECALLED_FOR`, or is known to
   * have changed since. Never to decide upon.
   */
  recall<State>(aggregate: Aggregate<State>, id: string): State | undefined;
  /** An event of `stream` was seen in the log: what was read before it is not recalled, and is read anew. */
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
    // Of a command that came with a key, `command` makes this: a key that is still one would be lost here.
    meta: Meta & { readonly keyed?: never },
    decide: (state: State) => readonly DomainEvent[],
  ): Promise<Outcome>;
}

const ATTEMPTS = 8;
/** For streams without state, into which everybody writes at once where much is said. */
const ATTEMPTS_WITHOUT_STATE = 100;
/** Who shares a stream with another process, and had its turn within so many milliseconds, lets the other have one. */
const SHARED_FOR = 500;
const LONGEST_YIELD = 100;
/** Who appends to a stream so often without a pause of `ROOM` milliseconds makes one, for whoever never gets a turn. */
const IN_A_ROW = 64;
const ROOM = 50;
const CACHED_STREAMS = 20_000;
/** Milliseconds that commands of a busy stream wait for others: each append costs a sync, and the views a batch. */
const GATHER = 1;
/** Milliseconds: as long as an access token lasts, so that a process cut off from the log honours a log-out by then. */
export const RECALLED_FOR = 15 * 60 * 1000;

export interface LedgerOptions {
  readonly events: EventStore;
  /** Other processes may append to this log, too. */
  readonly hasOthers: boolean;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Told what was recorded, once. */
  readonly onRecorded?: (events: readonly DomainEvent[]) => void;
  /** The receipt of a command, asked of views that have taken at least `position`. */
  readonly receiptInViews: (commandId: string, position: number) => Promise<Receipt | undefined>;
  /** How many receipts of a stream without state are remembered at most. */
  readonly keptReceipts?: number;
}

const KEPT_RECEIPTS = 10_000;

export const createLedger = (options: LedgerOptions): Ledger => {
  const { events, hasOthers, now, newId, onRecorded, receiptInViews, keptReceipts = KEPT_RECEIPTS } = options;
  // With `max` the cache would allocate its full size at once.
  const streams = new LRUCache<string, Stream>({ maxSize: CACHED_STREAMS, sizeCalculation: () => 1 });
  const { keepReceipt, remember, refresh, forget, prepare, readWhole } = createStreamReader(events, keptReceipts);
  /** The stream that was found to lack this command: it need not be asked again. */
  const lacking = new WeakMap<Meta, Stream>();

  const open = (aggregate: Aggregate<unknown>, id: string): Stream => {
    const name = aggregate.stream(id);
    const known = streams.get(name);
    if (known) return known;
    const stream: Stream = {
      name,
      aggregate,
      state: undefined,
      revision: undefined,
      position: 0,
      seen: undefined,
      heardOf: NO_STREAM,
      sharedAt: Number.NEGATIVE_INFINITY,
      took: 0,
      appendedAt: Number.NEGATIVE_INFINITY,
      inARow: 0,
      receipts: new Map(),
      takenUpAt: 0,
      queue: [],
      lately: 0,
      nextLoad: undefined,
      turn: Promise.resolve(),
    };
    streams.set(name, stream);
    return stream;
  };

  const inTurn = <T>(stream: Stream, work: () => Promise<T>): Promise<T> => {
    const result = stream.turn.then(work);
    stream.turn = result.catch(() => undefined);
    return result;
  };

  const settle = (stream: Stream, { decided, at }: Round): void => {
    for (const { command, events } of decided) {
      const { position } = stream;
      const replayed = command.meta.commandId !== undefined && stream.receipts.has(command.meta.commandId);
      if (events.length > 0) {
        keepReceipt(stream, command.meta, { position, at });
        onRecorded?.(events);
      }
      command.resolve({ position, events, replayed });
    }
  };

  /** Lets commands gather: for a turn of the event loop, and a little longer where several came together lately. */
  const gather = (stream: Stream): Promise<void> => (stream.lately > 1 ? setTimeout(GATHER) : setImmediate());

  /**
   * The one whose append was taken could always be first with the next one too, as the other has to read before it
   * tries again. How much slower the other is nobody knows: mostly a little, now and then much longer. One that was
   * never first is not even known of.
   */
  const yieldToOthers = async (stream: Stream): Promise<void> => {
    const present = performance.now();
    if (present - stream.sharedAt <= SHARED_FOR)
      return setTimeout(Math.min((stream.took * 1.5) / Math.random(), LONGEST_YIELD));
    stream.inARow = present - stream.appendedAt < ROOM ? stream.inARow + 1 : 0;
    if (stream.inARow < IN_A_ROW) return;
    stream.inARow = 0;
    await setTimeout(ROOM);
  };

  const append = async (stream: Stream, batch: readonly NewEvent[]): Promise<void> => {
    const began = performance.now();
    const appended = await events.append(stream.name, stream.revision!, batch);
    stream.appendedAt = performance.now();
    stream.took = stream.appendedAt - began;
    stream.revision = appended.revision;
    stream.position = appended.position;
    remember(stream);
  };

  /** One append for what waits in the queue. */
  const flush = async (stream: Stream): Promise<void> => {
    // Taken along by the one before.
    if (stream.queue.length === 0) return;
    const attempts = stream.aggregate.stateless ? ATTEMPTS_WITHOUT_STATE : ATTEMPTS;
    if (hasOthers && stream.aggregate.stateless) await yieldToOthers(stream);
    const waiting = stream.queue;
    stream.queue = [];
    stream.lately = waiting.length;
    for (let attempt = 1; waiting.length > 0; ) {
      let round: Round | undefined;
      try {
        await prepare(stream, attempt);
        round = decideQueued(stream, waiting, now().toISOString(), newId);
        if (round.batch.length > 0) await append(stream, round.batch);
        settle(stream, round);
        attempt = 1;
      } catch (error) {
        forget(stream);
        const again = (round?.decided ?? []).map(({ command }) => command);
        if (error instanceof Conflict && attempt++ < attempts) {
          waiting.unshift(...again);
          // Those who came meanwhile come along.
          waiting.push(...stream.queue.splice(0));
        } else
          for (const command of [...again, ...waiting.splice(0)])
            command.reject(error instanceof Conflict ? new Refused('conflict') : error);
      }
    }
  };

  const sameCommand = (receipt: Receipt, { commandHash }: Meta): Receipt => {
    if (receipt.commandHash !== commandHash) throw new Refused('command-key-reused');
    return receipt;
  };

  /** A stream that is folded knows all its commands. Of one that was taken up midway, the views know the older ones. */
  const receiptIn = async (stream: Stream, meta: Meta): Promise<Receipt | undefined> => {
    const { commandId } = meta;
    if (commandId === undefined) return undefined;
    // A stream that was taken up need not be refreshed: its receipts are looked at again when the command has its turn.
    if (!stream.aggregate.stateless || stream.revision === undefined) await inTurn(stream, () => refresh(stream));
    const known = stream.receipts.get(commandId);
    if (known) return sameCommand(known, meta);
    if (stream.takenUpAt === 0) return undefined;
    const receipt = await receiptInViews(commandId, stream.takenUpAt).catch(async (error: unknown) => {
      if (!(error instanceof Unavailable && (await inTurn(stream, () => readWhole(stream))))) throw error;
      return stream.receipts.get(commandId);
    });
    return receipt && sameCommand(receipt, meta);
  };

  return {
    load: <State>(aggregate: Aggregate<State>, id: string, since = performance.now()): Promise<State> => {
      const stream = open(aggregate as Aggregate<unknown>, id);
      if (stream.nextLoad) stream.nextLoad.since = Math.max(stream.nextLoad.since, since);
      else {
        const load: NonNullable<Stream['nextLoad']> = {
          since,
          state: inTurn(stream, async () => {
            stream.nextLoad = undefined;
            await refresh(stream, load.since);
            return stream.state;
          }),
        };
        stream.nextLoad = load;
      }
      return stream.nextLoad.state as Promise<State>;
    },
    recall: <State>(aggregate: Aggregate<State>, id: string): State | undefined => {
      const seen = streams.get(aggregate.stream(id))?.seen;
      return seen === undefined || performance.now() - seen.at > RECALLED_FOR ? undefined : (seen.state as State);
    },
    outdate: (name, revision) => {
      const stream = streams.peek(name);
      if (stream?.seen && stream.seen.revision < revision) stream.seen = undefined;
      if (stream) stream.heardOf = Math.max(stream.heardOf, revision);
    },
    receiptOf: async (aggregate, id, meta) => {
      const stream = open(aggregate as Aggregate<unknown>, id);
      const receipt = await receiptIn(stream, meta);
      if (receipt === undefined) lacking.set(meta, stream);
      return receipt;
    },
    transact: async (aggregate, id, meta, decide) => {
      const stream = open(aggregate as Aggregate<unknown>, id);
      // The turn of a command to a folded stream comes after a refresh, so its receipts suffice.
      const isAsked = !stream.aggregate.stateless || lacking.get(meta) === stream;
      const receipt = isAsked ? undefined : await receiptIn(stream, meta);
      if (receipt) return { position: receipt.position, events: [], replayed: true };
      return new Promise<Outcome>((resolve, reject) => {
        stream.queue.push({ meta, decide: decide as Command['decide'], resolve, reject });
        // Not at once: commands that came in the same turn of the event loop belong in the same append.
        if (stream.queue.length === 1) void inTurn(stream, () => gather(stream).then(() => flush(stream)));
      });
    },
  };
};
