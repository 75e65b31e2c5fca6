// Load, decide, append: the way every change takes.
//
// The ledger keeps the folded state of lately used streams and asks the store, before each use, for what came after.
// Commands to one stream wait in one queue and are decided together: a busy conversation costs one append for many
// messages. When another process was first, they are all decided again on the fresh state.

import { setImmediate, setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Aggregate } from '../domain/aggregate.ts';
import { decode } from '../domain/codec.ts';
import type { DomainEvent, Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { Conflict, type EventStore, NO_STREAM, Unavailable } from '../store/ports.ts';
import { type Command, decideQueued, type Round, type Stream } from './decideQueued.ts';

/** A command that was carried out under an idempotency key. */
export interface Receipt {
  readonly commandHash: string;
  readonly position: number;
}

export interface Outcome {
  /** Of the log, at which what was decided can be seen. 0: nothing was ever recorded in this stream. */
  readonly position: number;
  readonly events: readonly DomainEvent[];
  /** This command was carried out before, under the same key. */
  readonly replayed: boolean;
}

export interface Ledger {
  /** The state of one stream, with every event appended before the call. Not to be kept or changed. */
  load<State>(aggregate: Aggregate<State>, id: string): Promise<State>;
  /**
   * The state of one stream as this process last read it, without asking the store: what a reader may be shown while
   * the store is away. Undefined where it was not read within `RECALLED_FOR`, or is known to
   * have changed since. Never to decide upon.
   */
  recall<State>(aggregate: Aggregate<State>, id: string): State | undefined;
  /** An event of `stream` was seen in the log: what was read before it is not recalled. */
  outdate(stream: string, revision: number): void;
  /**
   * Decides on fresh state and appends what was decided; deciding may happen more than once.
   * @throws Refused as `decide` does; `command-key-reused`; `conflict` after losing to other writers again and again.
   */
  transact<State>(
    aggregate: Aggregate<State>,
    id: string,
    meta: Meta,
    decide: (state: State) => readonly DomainEvent[],
  ): Promise<Outcome>;
}

const PAGE = 1000;
const ATTEMPTS = 8;
const CACHED_STREAMS = 20_000;
const KEPT_RECEIPTS = 10_000;
/** Milliseconds that commands of a busy stream wait for others: each append costs a sync, and the views a batch. */
const GATHER = 1;
/** Milliseconds: as long as an access token lasts, so that a process cut off from the log honours a log-out by then. */
export const RECALLED_FOR = 15 * 60 * 1000;

export interface LedgerOptions {
  readonly events: EventStore;
  readonly now: () => Date;
  readonly newId: () => string;
  /** The receipt of a command, asked of views that have taken at least `position`. */
  readonly receiptOf: (commandId: string, position: number) => Promise<Receipt | undefined>;
}

export const createLedger = ({ events, now, newId, receiptOf }: LedgerOptions): Ledger => {
  const streams = new LRUCache<string, Stream>({ max: CACHED_STREAMS });

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
      receipts: new Map(),
      takenUpAt: 0,
      queue: [],
      lately: 0,
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

  const keepReceipt = (stream: Stream, meta: Meta, position: number): void => {
    if (meta.commandId === undefined || meta.commandHash === undefined) return;
    stream.receipts.set(meta.commandId, { commandHash: meta.commandHash, position });
    if (!stream.aggregate.stateless || stream.receipts.size <= KEPT_RECEIPTS) return;
    const [oldest, receipt] = stream.receipts.entries().next().value!;
    stream.receipts.delete(oldest);
    stream.takenUpAt = receipt.position;
  };

  /** Takes up a stream whose history no decision needs at its last event. */
  const takeUp = async (stream: Stream): Promise<void> => {
    const [last] = await events.readStream(stream.name, { backwards: true, limit: 1 });
    stream.state = stream.aggregate.initial();
    stream.revision = last?.revision ?? NO_STREAM;
    stream.position = stream.takenUpAt = last?.position ?? 0;
  };

  const remember = (stream: Stream): void => {
    stream.seen = { state: stream.state, revision: stream.revision!, at: performance.now() };
  };

  const refresh = async (stream: Stream): Promise<void> => {
    if (stream.revision === undefined) {
      stream.receipts = new Map();
      if (stream.aggregate.stateless) return takeUp(stream);
      stream.state = stream.aggregate.initial();
      stream.revision = NO_STREAM;
    }
    for (;;) {
      const page = await events.readStream(stream.name, { from: stream.revision + 1, limit: PAGE });
      for (const recorded of page) {
        const event = decode(recorded);
        stream.state = stream.aggregate.evolve(stream.state, event, event);
        stream.revision = event.revision;
        stream.position = event.position;
        keepReceipt(stream, event.meta, event.position);
      }
      if (page.length < PAGE) break;
    }
    remember(stream);
  };

  /** After an append that failed, or was not answered: what was decided is not what was recorded. */
  const forget = (stream: Stream): void => {
    // Nothing of such a stream is folded, and its receipts hold: it is read on from where it was. Taken up anew it would
    // lack the receipts of what others recorded meanwhile, perhaps of the same command.
    if (!stream.aggregate.stateless) stream.revision = undefined;
  };

  const settle = (stream: Stream, { decided }: Round): void => {
    for (const { command, events } of decided) {
      const { position } = stream;
      const replayed = command.meta.commandId !== undefined && stream.receipts.has(command.meta.commandId);
      if (events.length > 0) keepReceipt(stream, command.meta, position);
      command.resolve({ position, events, replayed });
    }
  };

  /** Lets commands gather: for a turn of the event loop, and a little longer where several came together lately. */
  const gather = (stream: Stream): Promise<void> => (stream.lately > 1 ? setTimeout(GATHER) : setImmediate());

  /** One append for what waits in the queue. */
  const flush = async (stream: Stream): Promise<void> => {
    const waiting = stream.queue;
    stream.queue = [];
    stream.lately = waiting.length;
    for (let attempt = 1; waiting.length > 0; ) {
      let round: Round | undefined;
      try {
        await refresh(stream);
        round = decideQueued(stream, waiting, now().toISOString(), newId);
        if (round.batch.length > 0) {
          const appended = await events.append(stream.name, stream.revision!, round.batch);
          stream.revision = appended.revision;
          stream.position = appended.position;
          remember(stream);
        }
        settle(stream, round);
        attempt = 1;
      } catch (error) {
        forget(stream);
        const again = (round?.decided ?? []).map(({ command }) => command);
        if (error instanceof Conflict && attempt++ < ATTEMPTS) waiting.unshift(...again);
        else
          for (const command of [...again, ...waiting.splice(0)])
            command.reject(error instanceof Conflict ? new Refused('conflict') : error);
      }
    }
  };

  /**
   * Without the views the stream itself tells whether a command was carried out, if all of it is known or can be read:
   * true then. What it cannot tell is that the key was used for another command on another stream.
   */
  const readWhole = async (stream: Stream): Promise<boolean> => {
    if (!stream.aggregate.stateless || stream.takenUpAt === 0) return true;
    if (stream.revision === undefined || stream.revision >= KEPT_RECEIPTS) return false;
    stream.revision = NO_STREAM;
    stream.receipts = new Map();
    stream.takenUpAt = 0;
    await refresh(stream);
    return true;
  };

  /**
   * A keyed command to a stream taken up midway may have been carried out before that, and its key may have been used
   * for another command on another stream: the views know.
   */
  const replayOf = async (stream: Stream, meta: Meta): Promise<Outcome | undefined> => {
    if (meta.commandId === undefined) return undefined;
    await inTurn(stream, () => refresh(stream));
    if (stream.receipts.has(meta.commandId)) return undefined;
    const receipt = await receiptOf(meta.commandId, stream.takenUpAt).catch(async (error: unknown) => {
      if (!(error instanceof Unavailable && (await inTurn(stream, () => readWhole(stream))))) throw error;
      return undefined;
    });
    if (receipt === undefined) return undefined;
    if (receipt.commandHash !== meta.commandHash) throw new Refused('command-key-reused');
    return stream.aggregate.stateless ? { position: receipt.position, events: [], replayed: true } : undefined;
  };

  return {
    load: <State>(aggregate: Aggregate<State>, id: string): Promise<State> => {
      const stream = open(aggregate as Aggregate<unknown>, id);
      return inTurn(stream, async () => {
        await refresh(stream);
        return stream.state as State;
      });
    },
    recall: <State>(aggregate: Aggregate<State>, id: string): State | undefined => {
      const seen = streams.get(aggregate.stream(id))?.seen;
      return seen === undefined || performance.now() - seen.at > RECALLED_FOR ? undefined : (seen.state as State);
    },
    outdate: (name, revision) => {
      const stream = streams.peek(name);
      if (stream?.seen && stream.seen.revision < revision) stream.seen = undefined;
    },
    transact: async (aggregate, id, meta, decide) => {
      const stream = open(aggregate as Aggregate<unknown>, id);
      const replay = await replayOf(stream, meta);
      if (replay) return replay;
      return new Promise<Outcome>((resolve, reject) => {
        stream.queue.push({ meta, decide: decide as Command['decide'], resolve, reject });
        // Not at once: commands that came in the same turn of the event loop belong in the same append.
        if (stream.queue.length === 1) void inTurn(stream, () => gather(stream).then(() => flush(stream)));
      });
    },
  };
};
