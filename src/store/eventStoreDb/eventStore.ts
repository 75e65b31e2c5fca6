// The event store on EventStoreDB, through its own client.

import type { Appended, EventStore, NewEvent, Recorded, StreamRange } from '../ports.ts';
import { isLastPage, Unavailable } from '../ports.ts';
import { askTogether } from '../shared/askTogether.ts';
import { followLog } from '../shared/followLog.ts';
import { checkAppend, checkLimit } from '../shared/page.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { realEnvironment } from './environment.ts';
import { Fairness } from './fairness.ts';
import { type Ask, findEnd, lastPosition, readLog, readStream } from './reading.ts';
import { Tail } from './tail.ts';

export type EventStoreDbOptions = Pick<ConnectionOptions, 'url'> & Partial<ConnectionOptions>;

const DEADLINE = 5000;
/** Milliseconds a read waits for the live subscription before it asks the node: a few times what an event takes. */
const PATIENCE = 200;

/**
 * Opens the event store of a node or cluster, which need not be there yet.
 * @throws Error the client does not take the address.
 */
export const openEventStoreDb = async (options: EventStoreDbOptions): Promise<EventStore> =>
  new EventStoreDb({ deadline: DEADLINE, onError: () => {}, environment: realEnvironment, ...options });

class EventStoreDb implements EventStore {
  readonly #connection: Connection;
  readonly #fairness: Fairness;
  readonly #tail: Tail;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #clock: () => number;
  /** The live subscription has seen what was appended before this moment of the clock. */
  #caughtUpAt = Number.NEGATIVE_INFINITY;
  readonly #logEnd = askTogether(async () => {
    const askedAt = this.#clock();
    return { position: await this.#ask(lastPosition), askedAt };
  });
  readonly #findEnd = askTogether(async () => (await findEnd(this.#ask)).event);

  constructor(options: ConnectionOptions) {
    this.#onError = options.onError;
    this.#clock = options.environment.clock;
    this.#fairness = new Fairness(options.environment);
    this.#connection = new Connection(options);
    this.#tail = new Tail(this.#connection, options.onError, this.#closing.signal);
    this.#running = this.#tail.run();
  }

  /** @throws Unavailable any failure. */
  readonly #ask: Ask = (question) =>
    this.#connection
      .run(({ client }) => question(client))
      .catch((error: unknown) => {
        throw error instanceof Unavailable ? error : new Unavailable('events', error);
      });

  async append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended> {
    checkAppend(events);
    return this.#fairness.append(stream, expected, () =>
      this.#connection.run(({ appends }) => appends.append(stream, expected, events)),
    );
  }

  async readStream(stream: string, range: StreamRange = {}): Promise<readonly Recorded[]> {
    const limit = checkLimit(range.limit);
    const since = range.since ?? this.#clock();
    if (!range.backwards && (await this.#endsBefore(stream, range.from ?? 0, since))) return [];
    const { position, lastEvent } = this.#tail;
    const events = await this.#ask((client) => readStream(client, stream, { ...range, limit }));
    const end = endOf(events, range, limit);
    // The live subscription receives everything after `position`, or has received it meanwhile.
    if (end !== undefined && lastEvent !== undefined)
      this.#tail.revisions.learned(stream, end, position, this.#tail.position);
    return events;
  }

  async readLog(position: number, limit?: number): Promise<readonly Recorded[]> {
    return readLog(this.#ask, position, checkLimit(limit));
  }

  follow(position: number, signal: AbortSignal): AsyncIterable<readonly Recorded[]> {
    const over = AbortSignal.any([signal, this.#closing.signal]);
    const aborted = new Promise<[]>((resolve) => {
      over.addEventListener('abort', () => resolve([]), { once: true });
    });
    const readPatiently = async (after: number, limit: number): Promise<readonly Recorded[]> => {
      for (let failures = 1; !over.aborted; failures++) {
        try {
          return await Promise.race([this.readLog(after, limit), aborted]);
        } catch (error) {
          this.#onError(error);
          await this.#connection.pauseAfter(failures, over);
        }
      }
      return [];
    };
    return followLog(this.#tail.recent, readPatiently, position, over);
  }

  /** The node answers: more it does not tell. */
  async probe(): Promise<void> {
    await this.head();
  }

  async head(): Promise<number> {
    if (!(await this.#catchUp(this.#clock()))) return this.#findEnd();
    return this.#tail.lastEvent ?? this.#findEnd();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection.close();
    await this.#running;
  }

  /** Whether a stream is known, after a fresh look at the log, to end before a revision. */
  async #endsBefore(stream: string, revision: number, since: number): Promise<boolean> {
    const { revisions } = this.#tail;
    const before = (): boolean => (revisions.get(stream) ?? Infinity) < revision;
    return before() && (await this.#catchUp(since)) && before();
  }

  /** Whether the live subscription has seen every append answered before `since`, which is not later than the call. */
  async #catchUp(since: number): Promise<boolean> {
    if (since <= this.#caughtUpAt) return true;
    if (!this.#tail.isLive) return false;
    const { position, askedAt } = await this.#logEnd();
    if (!(await this.#tail.passed(position, PATIENCE))) return false;
    this.#caughtUpAt = Math.max(this.#caughtUpAt, askedAt);
    return true;
  }
}

/** The last revision of the stream a read found, as far as it shows; -1: no stream. */
const endOf = (events: readonly Recorded[], { from, backwards }: StreamRange, limit: number): number | undefined => {
  if (backwards) return from === undefined ? (events[0]?.revision ?? -1) : undefined;
  if (!isLastPage(events, limit)) return undefined;
  return events.at(-1)?.revision ?? (from ?? 0) - 1;
};
