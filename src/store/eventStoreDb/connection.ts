// The way to the node: one client at a time, replaced when it fails, because the client does not come back by itself.
// While the node is away callers are refused at once; one of them at a time is let through to see whether it is back.

import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient, isCommandError } from '@eventstore/db-client';
import { Conflict, Unavailable } from '../ports.ts';
import { AppendLane, type GrpcClient } from './appendLane.ts';

/** Milliseconds given to a client to end its calls. */
const PATIENCE = 2000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;
/** Milliseconds over which those who come back spread themselves. */
const SPREAD = 20;

/** Errors that are answers of a node in good health. */
const ANSWERS = new Set([
  'wrong-expected-version',
  'stream-not-found',
  'stream-deleted',
  'access-denied',
  // Of an operation at the node; of a live reader that was too slow.
  'timeout',
  'invalid-argument',
  'maximum-append-size-exceeded',
]);

/** One client and what hangs on it. */
export interface Link {
  readonly client: EventStoreDBClient;
  readonly appends: AppendLane;
  /** Aborted when the client is given up. */
  readonly lost: AbortSignal;
}

export interface ConnectionOptions {
  /** `esdb://…` as the client takes it: credentials, TLS, a cluster. */
  readonly url: string;
  /** Milliseconds a caller waits for the node at most. */
  readonly deadline: number;
  /** Hears of every outage and every lost subscription. The store comes back by itself. */
  readonly onError: (error: unknown) => void;
  readonly environment: Environment;
}

/** Time and chance. */
export interface Environment {
  readonly now: () => Date;
  /** Milliseconds that only ever rise: those of `performance.now()`. */
  readonly clock: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

export class Connection {
  readonly deadline: number;
  readonly environment: Environment;
  readonly #url: string;
  readonly #onError: (error: unknown) => void;
  #link: Link & { readonly end: AbortController };
  #failures = 0;
  #retryAt = 0;
  #probing: boolean = false;
  #cause: unknown;
  #closed: boolean = false;

  /** @throws Error the address is none the client takes. */
  constructor({ url, deadline, onError, environment }: ConnectionOptions) {
    this.#url = url;
    this.deadline = deadline;
    this.environment = environment;
    this.#onError = onError;
    this.#link = this.#open();
  }

  /**
   * Runs `work`, which must be safe to run twice: it is run again once when the connection breaks under it.
   * @throws Unavailable the node does not answer, or refuses for a reason of its own.
   */
  async run<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const { clock } = this.environment;
    const end = clock() + this.deadline;
    for (let broken = 0; ; broken += 1) {
      const link = this.take();
      try {
        const result = await within(work(link), Math.max(0, end - clock()), link.lost);
        this.answered(link);
        return result;
      } catch (error) {
        if (!this.failed(link, error)) throw error;
        if (broken > 0 || clock() >= end) throw new Unavailable('events', error);
      }
    }
  }

  /** The client to use, which says of it `answered` or `failed`. @throws Unavailable it is not yet time. */
  take(): Link {
    if (this.#closed) throw new Unavailable('events', new Error('the store is closed'));
    if (this.#failures > 1) {
      if (this.#probing || this.environment.clock() < this.#retryAt) throw new Unavailable('events', this.#cause);
      this.#probing = true;
    }
    return this.#link;
  }

  answered(link: Link): void {
    if (link !== this.#link) return;
    this.#failures = 0;
    this.#probing = false;
  }

  /** Gives the client up, unless `error` is an answer of a node in good health: then false. */
  failed(link: Link, error: unknown): boolean {
    if (isAnswer(error)) this.answered(link);
    else if (link === this.#link) this.#giveUp(error);
    return !isAnswer(error);
  }

  #giveUp(cause: unknown): void {
    this.#failures += 1;
    this.#probing = false;
    this.#cause = cause;
    this.#retryAt = this.environment.clock() + this.#backOff(this.#failures);
    const { end, client } = this.#link;
    if (!this.#closed) {
      this.#onError(cause);
      this.#link = this.#open();
    }
    end.abort(cause);
    void dispose(client);
  }

  /** Waits before the next try of what failed so many times in a row, until `over` at most. */
  async pauseAfter(failures: number, over: AbortSignal): Promise<void> {
    const { pause, random } = this.environment;
    // A node that drops its slow readers must not be asked again by all of them at once.
    await pause(this.#backOff(failures + 1) + random() * SPREAD, over);
  }

  /** Milliseconds: none after the first failure, then longer each time, never the same for all. */
  #backOff(failures: number): number {
    if (failures <= 1) return 0;
    return Math.min(FIRST_PAUSE * 2 ** (failures - 2), LONGEST_PAUSE) * (0.5 + this.environment.random() / 2);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#link.end.abort(new Error('the store is closed'));
    await dispose(this.#link.client);
  }

  #open(): Link & { readonly end: AbortController } {
    const client = EventStoreDBClient.connectionString(this.#url);
    const end = new AbortController();
    const lost = end.signal;
    const appends = new AppendLane(client as unknown as GrpcClient, lost, this.environment.now);
    return { client, appends, lost, end };
  }
}

function isAnswer(error: unknown): boolean {
  if (error instanceof Conflict || error instanceof Unavailable || error instanceof RangeError) return true;
  return error instanceof Error && isCommandError(error) && ANSWERS.has(error.type);
}

async function within<T>(work: Promise<T>, milliseconds: number, lost: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onLost = (): void => reject(lost.reason);
  const timer = setTimeout(() => reject(new Error('the node did not answer in time')), milliseconds);
  lost.addEventListener('abort', onLost);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    lost.removeEventListener('abort', onLost);
  }
}

/** Ends the client's calls and its connection, which it leaves open by itself. */
async function dispose(client: EventStoreDBClient): Promise<void> {
  try {
    await Promise.race([client.dispose(), delay(PATIENCE, undefined, { ref: false })]);
  } catch {
    // It was broken: its connection is closed all the same.
  }
  try {
    const channel = await (client as unknown as GrpcClient).getChannel();
    channel.close();
  } catch {
    // There is no connection: nothing to close.
  }
}
