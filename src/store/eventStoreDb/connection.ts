// The way to the node: one client at a time, replaced when it fails, because the client does not come back by itself.
// While the node is away callers are refused at once; one at a time may try whether the node is back.

import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable } from '../ports.ts';
import { clusterOf, leaderIn } from './cluster.ts';
import { isAnswer, isGone, Silence } from './failures.ts';
import { clientOf, type Link, openLink } from './link.ts';
import { saidBy } from './said.ts';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;
/** Milliseconds over which processes that come back spread themselves. */
const SPREAD = 20;

/** Moves to another node during one call at most. */
const MOVES = 5;

export interface ConnectionOptions {
  /** `esdb://…` as the client takes it: credentials, TLS, a cluster. */
  readonly url: string;
  /** Milliseconds a caller waits for the node at most. */
  readonly deadline: number;
  /** Milliseconds after which the other nodes of a cluster are asked whether one of them leads by now. */
  readonly overdue: number;
  /** Receives every outage and every lost subscription. The store comes back by itself. */
  readonly onError: (error: unknown) => void;
}

export type Connection = ReturnType<typeof connect>;

/** Another node leads: what was asked of this one is asked there. */
class Moved extends Error {
  override readonly name = 'Moved';
}

/** @throws Error the client does not take the address of a node. */
export const connect = ({ url, deadline, overdue, onError }: ConnectionOptions) => {
  const cluster = clusterOf(url);
  // Now, and not in an outage, when it is the turn of the next node.
  for (const host of cluster.seeds) clientOf(cluster.urlOf(host));
  let at = cluster.next();
  let current = openLink(cluster.urlOf(at));
  let isLooking = false;
  /** What has been asked and not been answered for too long. */
  const late = new Set<AbortController>();
  let failures = 0;
  let retryAt = 0;
  let isProbing = false;
  let isClosed = false;
  /** When the present client last got an answer, in `performance.now()`. */
  let heardAt = Number.NEGATIVE_INFINITY;
  let lastCause: unknown;

  const unavailable = (cause: unknown): Unavailable => new Unavailable('events', saidBy(cause, url));

  /** The client to use, for which the caller says `answered` or `failed`. @throws Unavailable it is not yet time. */
  const take = (): Link => {
    if (isClosed) throw new Unavailable('events', new Error('the store is closed'));
    if (failures > 1) {
      if (isProbing || performance.now() < retryAt) throw unavailable(lastCause);
      isProbing = true;
    }
    return current;
  };

  const answered = (link: Link): void => {
    if (link !== current) return;
    failures = 0;
    isProbing = false;
    heardAt = performance.now();
  };

  /** One call is late: others that came later were answered, or it was a second try with little time left. */
  const isAlone = ({ since }: Silence): boolean => since < heardAt || performance.now() - since < deadline / 2;

  /** Gives the client up if `error` means that its connection is gone. False: other calls go on. */
  const failed = (link: Link, error: unknown): boolean => {
    if (error instanceof Silence && link === current && isAlone(error)) return false;
    if (!isGone(error)) answered(link);
    else if (link === current) giveUp(error);
    return isGone(error);
  };

  const open = (host: string): void => {
    current = openLink(cluster.urlOf(host));
    at = host;
    isProbing = false;
    heardAt = Number.NEGATIVE_INFINITY;
  };

  /** False: no leader is known, or the client does not take the address that the cluster has for it. */
  const openLeader = (leader: string | undefined): boolean => {
    if (leader === undefined || isClosed) return false;
    try {
      open(leader);
      return true;
    } catch {
      return false;
    }
  };

  const giveUp = (cause: unknown): void => {
    const link = current;
    const hasMoved = openLeader(leaderIn(cause));
    if (!hasMoved) failures += 1;
    lastCause = cause;
    retryAt = performance.now() + backOff(failures);
    void link.end(cause);
    if (isClosed) return;
    onError(cause);
    if (!hasMoved) open(cluster.next());
  };

  /** Asks the other nodes for as long as an answer is overdue. A node that hangs may have lost its lead to another. */
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    while (late.size > 0 && !isClosed) {
      const link = current;
      const leader = await cluster.findLeader(at);
      if (link !== current || isClosed) continue;
      if (openLeader(leader)) {
        failures = 0;
        void link.end(new Moved(`the node does not answer, and another leads`));
      } else await delay(overdue / 2, undefined, { ref: false });
    }
    isLooking = false;
  };

  /**
   * Runs `work`, which must be safe to run twice: it is run again once when it or the connection fails. `over` aborts when
   * nobody waits for it any more.
   * @throws Unavailable the node does not answer, or refuses for a reason of its own.
   */
  const run = async <T>(work: (link: Link, over: AbortSignal) => Promise<T>): Promise<T> => {
    const end = performance.now() + deadline;
    for (let [broken, moves] = [0, 0]; ; ) {
      const link = take();
      const asking = new AbortController();
      const onLate = (): void => {
        late.add(asking);
        void look();
      };
      const timer = setTimeout(onLate, overdue);
      try {
        const result = await within(work(link, asking.signal), Math.max(0, end - performance.now()), link.lost);
        answered(link);
        return result;
      } catch (error) {
        // Only here: to abort is costly, and work that has succeeded has ended by itself.
        asking.abort();
        if (!failed(link, error) && isAnswer(error)) throw error;
        const hasMoved = error instanceof Moved || leaderIn(error) !== undefined;
        if (hasMoved) moves += 1;
        else broken += 1;
        if (broken > 1 || moves > MOVES || performance.now() >= end) throw unavailable(error);
      } finally {
        clearTimeout(timer);
        late.delete(asking);
      }
    }
  };

  /** Waits before the next try of what failed so many times in a row, until `over` at most. */
  const pauseAfter = async (failed: number, over: AbortSignal): Promise<void> => {
    // A node that drops its slow readers must not be asked again by all of them at once.
    const milliseconds = backOff(failed + 1) + Math.random() * SPREAD;
    await delay(milliseconds, undefined, { signal: over, ref: false }).catch(() => undefined);
  };

  const close = (): Promise<void> => {
    isClosed = true;
    return current.end(new Error('the store is closed'));
  };

  return { deadline, run, take, answered, failed, unavailable, pauseAfter, close };
};

/** Milliseconds: none after the first failure, then longer each time, never the same for all. */
const backOff = (failures: number): number =>
  failures <= 1 ? 0 : Math.min(FIRST_PAUSE * 2 ** (failures - 2), LONGEST_PAUSE) * (0.5 + Math.random() / 2);

const within = async <T>(work: Promise<T>, milliseconds: number, lost: AbortSignal): Promise<T> => {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onLost = (): void => reject(lost.reason);
  const began = performance.now();
  const timer = setTimeout(() => reject(new Silence('the node did not answer in time', began)), milliseconds);
  lost.addEventListener('abort', onLost);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    lost.removeEventListener('abort', onLost);
  }
};
