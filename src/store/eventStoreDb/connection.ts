// The way to the node: one client at a time, replaced when it fails, because the client does not come back by itself.
// While the node is away callers are refused at once; one of them at a time is let through to see whether it is back.

import { isCommandError } from '@eventstore/db-client';
import { Conflict, Unavailable } from '../ports.ts';
import type { Environment } from './environment.ts';
import { type Link, openLink } from './link.ts';

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

export interface ConnectionOptions {
  /** `esdb://…` as the client takes it: credentials, TLS, a cluster. */
  readonly url: string;
  /** Milliseconds a caller waits for the node at most. */
  readonly deadline: number;
  /** Hears of every outage and every lost subscription. The store comes back by itself. */
  readonly onError: (error: unknown) => void;
  readonly environment: Environment;
}

export class Connection {
  readonly deadline: number;
  readonly environment: Environment;
  readonly #url: string;
  readonly #onError: (error: unknown) => void;
  #link: Link;
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
    this.#link = openLink(url, environment.now);
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
    const given = this.#link;
    if (!this.#closed) {
      this.#onError(cause);
      this.#link = openLink(this.#url, this.environment.now);
    }
    void given.end(cause);
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
    await this.#link.end(new Error('the store is closed'));
  }
}

const isAnswer = (error: unknown): boolean => {
  if (error instanceof Conflict || error instanceof Unavailable || error instanceof RangeError) return true;
  return error instanceof Error && isCommandError(error) && ANSWERS.has(error.type);
};

const within = async <T>(work: Promise<T>, milliseconds: number, lost: AbortSignal): Promise<T> => {
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
};
