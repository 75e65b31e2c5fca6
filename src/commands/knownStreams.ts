// The streams that this process reads and writes, with their recorded states. It decides the commands of one stream
// together and appends their events at once. If another writer was first, it decides them again on fresh state.

import { LRUCache } from 'lru-cache';
import type { Aggregate, AppendOnly } from '../domain/aggregate.ts';
import { decode } from '../domain/codec.ts';
import type { Events, Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { Conflict, type History, isLastPage, KeyDestroyed, NO_STREAM } from '../store/ports.ts';
import { type CommandQueue, createCommandQueue } from './commandQueue.ts';
import { type Command, decideTogether, type Outcome, type Round, type UnkeyedMeta } from './decideTogether.ts';
import type { Coverage, Receipts } from './receipts.ts';

export interface Stream<State> {
  readonly name: string;
  readonly evolve: Aggregate<State>['evolve'];
  state: State;
  /** Of the last event in `state`. */
  revision: number;
  /** Of the same event. 0: there is none. */
  position: number;
  /** `state` has every event that was appended before this moment of the clock. */
  readAt: number;
  /** The last revision that this process knows the log to have. */
  heardOf: number;
  readonly coverage: Coverage;
  readonly queue: CommandQueue<Command<State>>;
}

export interface KnownStreamsOptions {
  readonly events: Pick<History, 'append' | 'readStream' | 'recorded'>;
  readonly receipts: Receipts;
  readonly now: () => Date;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** Called once with the events of each command that was recorded. */
  readonly onRecorded?: (events: Events, meta: Meta) => void;
}

const CACHED_STREAMS = 20_000;
const PAGE = 1000;

/** The moment of the clock at which a stream was read that nobody has read yet. */
export const NEVER = Number.NEGATIVE_INFINITY;
/** Of a stream that nobody else can write, since its id was just made: there is nothing to read. */
const ALWAYS = Number.POSITIVE_INFINITY;
const unfolded = { initial: () => undefined, evolve: () => undefined };

interface Way<State> {
  /** The conflicts in a row after which commands are refused. */
  readonly attempts: number;
  /** The moment up to which a decision must know the stream. `isRetry`: another writer was first. */
  readonly asOf: (isRetry: boolean) => number;
  /** No decision needs what the events say, so they stay sealed: the store of keys may be away. */
  readonly isSealed?: true;
  /** Prepares a stream that was never read for its first command. */
  readonly begin?: (stream: Stream<State>) => Promise<void>;
}

export const createKnownStreams = <State>(options: KnownStreamsOptions, way: Way<State>) => {
  const { attempts, asOf, begin, isSealed } = way;
  const { events, receipts, now, clock, newId, onRecorded } = options;
  const cache = new LRUCache<string, Stream<State>>({ maxSize: CACHED_STREAMS, sizeCalculation: () => 1 });

  /** Reads the events that were appended before `until`. Later ones may be missing. */
  const readOn = async (stream: Stream<State>, until: number): Promise<void> => {
    if (until <= stream.readAt) return;
    for (;;) {
      const { readStream } = isSealed ? events.recorded : events;
      const page = await readStream(stream.name, { from: stream.revision + 1, limit: PAGE, asOf: until });
      for (const event of page.map(decode)) {
        const { revision, position } = event;
        Object.assign(stream, { state: stream.evolve(stream.state, event, event), revision, position });
        receipts.keep(stream.coverage, event.meta, event, isSealed && event.isClosed);
      }
      if (isLastPage(page, PAGE)) break;
    }
    stream.readAt = Math.max(stream.readAt, until);
  };

  /** Appends the batch and answers its commands. */
  const commit = async (stream: Stream<State>, { decided, batch, state, at }: Round<State>): Promise<void> => {
    let { revision } = stream;
    // What others append from now on may be missing.
    const readAt = clock();
    const appended = batch.length > 0 && (await events.append(stream.name, revision, batch));
    if (appended) Object.assign(stream, appended, { state, readAt });
    const { position } = stream;
    for (const { command, events, replayed } of decided) {
      revision += events.length;
      if (events.length > 0) {
        receipts.keep(stream.coverage, command.meta, { position, revision, at });
        onRecorded?.(events, command.meta);
      }
      const first = replayed ? receipts.cached(stream.coverage, command.meta) : { revision };
      command.resolve({ position, revision: first?.revision, events, replayed });
    }
  };

  /** Somebody was erased between the decision and the append: only their own commands fail. */
  const refuseErased = (round: Round<State> | undefined, error: unknown): ReadonlySet<Command<State>> => {
    if (round === undefined || !(error instanceof KeyDestroyed)) return new Set();
    const { subject } = error;
    const theirs = round.decided.filter(({ drafts }) => drafts.some((draft) => draft.private?.subject === subject));
    // This process does not know yet that the account is gone.
    for (const { command } of theirs)
      command.reject(new Refused(command.meta.actorId === subject ? 'signed-out' : 'user-unknown'));
    return new Set(theirs.map(({ command }) => command));
  };

  /** Removes from the list the commands whose receipts cannot be opened, and rejects them. */
  const unsealReceipts = async (stream: Stream<State>, commands: Command<State>[]): Promise<void> => {
    for (const command of [...commands]) {
      try {
        await receipts.unseal(stream.coverage, command.meta);
      } catch (error) {
        commands.splice(commands.indexOf(command), 1);
        command.reject(error);
      }
    }
  };

  const carryOut = async (stream: Stream<State>, commands: Command<State>[]): Promise<void> => {
    const receiptOf = (meta: Meta) => receipts.cached(stream.coverage, meta);
    for (let attempt = 1; commands.length > 0; ) {
      let round: Round<State> | undefined;
      try {
        await readOn(stream, asOf(attempt > 1));
        if (isSealed) await unsealReceipts(stream, commands);
        round = decideTogether(commands, { ...stream, receiptOf, at: now().toISOString(), newId });
        await commit(stream, round);
        attempt = 1;
      } catch (error) {
        // What was appended, or by whom, is not known.
        if (stream.readAt === ALWAYS) stream.readAt = NEVER;
        const erased = refuseErased(round, error);
        commands.unshift(...(round?.decided ?? []).map(({ command }) => command).filter((each) => !erased.has(each)));
        if (erased.size > 0) continue;
        if (error instanceof Conflict && attempt++ < attempts) commands.push(...stream.queue.take());
        else {
          const reason = error instanceof Conflict ? new Refused('conflict') : error;
          for (const { reject } of commands.splice(0)) reject(reason);
        }
      }
    }
  };

  const open = (aggregate: Aggregate<State> | AppendOnly, id: string): Stream<State> => {
    const name = aggregate.stream(id);
    const known = cache.get(name);
    if (known) return known;
    const { initial, evolve } = 'evolve' in aggregate ? aggregate : (unfolded as unknown as Aggregate<State>);
    const stream: Stream<State> = {
      name,
      evolve,
      state: initial(),
      revision: NO_STREAM,
      position: 0,
      readAt: NEVER,
      heardOf: NO_STREAM,
      coverage: { stream: name, missingUpTo: 0 },
      queue: createCommandQueue((commands) => carryOut(stream, commands)),
    };
    cache.set(name, stream);
    return stream;
  };

  return {
    readOn,
    open,
    /** The stream has no events, and only this process knows of it: its id is random, and was just made. */
    begin: (aggregate: Aggregate<State>, id: string): void => {
      open(aggregate, id).readAt = ALWAYS;
    },
    /** The next use reads the stream again. */
    forget: (aggregate: Aggregate<State>, id: string): void => void cache.delete(aggregate.stream(id)),
    /** Nobody remembers anything of the stream here. */
    drop: (name: string): void => void cache.delete(name),
    dropThose: (are: (name: string) => boolean): void => {
      for (const name of cache.keys()) if (are(name)) cache.delete(name);
    },
    peek: (name: string): Stream<State> | undefined => cache.peek(name),
    /**
     * Decides and appends the events. It may call `decide` more than once.
     * @throws Refused as `decide` does; `command-key-reused`; `conflict` after losing to other writers again and again
     */
    transact: async (
      aggregate: Aggregate<State> | AppendOnly,
      id: string,
      meta: UnkeyedMeta,
      decide: Command<State>['decide'],
    ): Promise<Outcome> => {
      const stream = open(aggregate, id);
      if (stream.readAt === NEVER) await begin?.(stream);
      const receipt = await receipts.find(stream.coverage, meta, stream.revision);
      if (receipt) return { position: receipt.position, revision: receipt.revision, events: [], replayed: true };
      return new Promise((resolve, reject) => stream.queue.add({ meta, decide, resolve, reject }));
    },
  };
};
