// The event store on EventStoreDB, through its own client.

import {
  type EventStore,
  Hidden,
  isLastPage,
  PositionUnknown,
  type Recorded,
  type StreamRange,
  Unavailable,
} from '../ports.ts';
import { askTogether } from '../shared/askTogether.ts';
import { followLog } from '../shared/followLog.ts';
import { checkAppend, checkLimit } from '../shared/page.ts';
import { watchClock } from './clock.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { mayBePosition } from './failures.ts';
import { takeTurns } from './fairness.ts';
import { readFiltered } from './filtered.ts';
import { type Ask, findEnd, readLog, readStream } from './reading.ts';
import type { OwnEvents } from './recorded.ts';
import { sameLog } from './sameLog.ts';
import { createStandstill } from './standstill.ts';
import { tailOf } from './tail.ts';

const DEADLINE = 5000;
/** Milliseconds: many times what an answer takes. */
const OVERDUE = 1000;
/** A few times what an event takes. */
const PATIENCE = 200;

interface ReadOptions {
  /** Milliseconds that a read waits for the live subscription before it asks the node. */
  readonly patience: number;
}

interface FollowOptions {
  /** Receives why a follower gets no events just now, at each failed try; undefined: all get them again. */
  readonly onFollowing: (failure: Unavailable | undefined) => void;
}

interface ClockOptions {
  /** Receives now and then how many milliseconds the node's clock is ahead of ours, at least; below 0: behind. */
  readonly onClockDifference: (milliseconds: number) => void;
  /** Milliseconds between two measurements. */
  readonly clockEvery: number;
}

/**
 * Opens the event store of a node or cluster, which need not be there yet. `onReplaced`: the log turned out to be another
 * one than before, so the store refuses everything until it is opened again.
 * @throws Error the client does not take the address.
 */
export const openEventStoreDb = async (
  options: Pick<ConnectionOptions, 'url'> &
    Partial<
      ConnectionOptions &
        OwnEvents &
        ReadOptions &
        FollowOptions &
        ClockOptions & { readonly onReplaced: (why: string) => void }
    >,
): Promise<EventStore> => {
  const { url, deadline = DEADLINE, overdue = OVERDUE, onError = () => {}, prefix = '', isOurs = () => true } = options;
  const { onClockDifference = () => {}, clockEvery, onReplaced = () => {}, patience = PATIENCE } = options;
  const standstill = createStandstill(options.onFollowing ?? (() => {}));
  const own = { prefix, isOurs };
  const closing = new AbortController();
  const connection = connect({ url, deadline, overdue, onError });
  const { inTurn, saw } = takeTurns();
  const log = sameLog(own, onReplaced);
  const onClock = watchClock(connection, onClockDifference, clockEvery);
  const tail = tailOf(connection, log, own, saw, onError, standstill, closing.signal);
  const running = tail.run();
  /** The live subscription has seen what was appended before this moment of `performance.now()`. */
  let caughtUpAt = Number.NEGATIVE_INFINITY;

  /** @throws Unavailable any failure. */
  const ask: Ask = (question) =>
    connection
      .run(async (link, over) => {
        await log.mustBeOn(link);
        return question(link.client, over);
      })
      .catch((error: unknown) => {
        throw error instanceof Unavailable ? error : connection.unavailable(error);
      });
  const pageOfLog = (position: number, limit: number) =>
    (prefix === '' ? readLog : readFiltered)(ask, own, position, limit);
  const askEnd = askTogether(async () => {
    const askedAt = performance.now();
    return { ...(await findEnd(ask, own, tail.position)), askedAt };
  });
  const askLastEvent = askTogether(async () => {
    // The subscription has brought everything up to its place: what other programs wrote before need not be looked through.
    const { position, lastEvent } = tail;
    const { event } = await findEnd(ask, own, lastEvent === undefined ? 0 : position);
    return event?.position ?? lastEvent ?? 0;
  });

  /** Whether the live subscription has seen every append answered before `asOf`, which is not later than the call. */
  const catchUp = async (asOf: number): Promise<boolean> => {
    if (asOf <= caughtUpAt) return true;
    if (!tail.isLive) return false;
    const { position, event, askedAt } = await askEnd();
    if (!(await tail.passed(event?.position ?? 0, patience))) return false;
    // Between the two is nothing that the subscription would bring.
    tail.reach(position);
    caughtUpAt = Math.max(caughtUpAt, askedAt);
    return true;
  };

  /** Whether a stream is known, after a fresh look at the log, to end before a revision. */
  const endsBefore = async (stream: string, revision: number, asOf: number): Promise<boolean> => {
    const isKnown = (): boolean => (tail.revisions.get(stream) ?? Infinity) < revision;
    return isKnown() && (await catchUp(asOf)) && isKnown();
  };

  const head = async (): Promise<number> =>
    ((await catchUp(performance.now())) ? tail.lastEvent : undefined) ?? askLastEvent();

  /** @throws PositionUnknown the node fails at this question and answers another one. */
  const readFrom = async (position: number, limit: number): Promise<readonly Recorded[]> => {
    try {
      return await pageOfLog(position, limit);
    } catch (error) {
      if (!mayBePosition(error)) throw error;
      await askLastEvent();
      throw new PositionUnknown(position);
    }
  };

  return {
    async append(stream, expected, events) {
      checkAppend(events);
      const name = prefix + stream;
      const appended = await inTurn(stream, expected, events.length, () =>
        onClock(name, () =>
          connection.run(async (link) => {
            await log.mustBeOn(link);
            return link.append(name, expected, events);
          }),
        ),
      );
      // After a deletion a stream begins again, and its numbers go on.
      if (appended.revision !== expected + events.length) throw new Hidden(stream, 0, 'somebody deleted the stream');
      const last = events.at(-1);
      if (last) log.knows({ id: last.id, stream, ...appended });
      return appended;
    },
    async readStream(stream, range = {}) {
      const limit = checkLimit(range.limit);
      const recorded = tail.recent.one(stream, range);
      if (recorded) return recorded;
      const asOf = range.asOf ?? performance.now();
      if (!range.backwards && (await endsBefore(stream, range.from ?? 0, asOf))) return [];
      const { position, lastEvent } = tail;
      const events = await ask((client, over) => readStream(client, own, stream, { ...range, limit }, over));
      const end = endOf(events, range, limit);
      // The live subscription receives everything after `position`, or has received it meanwhile.
      if (end !== undefined && lastEvent !== undefined) tail.revisions.learned(stream, end, position, tail.position);
      return events;
    },
    async readLog(position, limit) {
      const page = await readFrom(position, checkLimit(limit));
      // A node has nothing to say beyond its end.
      if (page.length === 0 && position > (tail.lastEvent ?? 0) && position > (await askLastEvent()))
        throw new PositionUnknown(position);
      return page;
    },
    follow(position, signal) {
      const over = AbortSignal.any([signal, closing.signal]);
      const aborted = new Promise<[]>((resolve) => {
        over.addEventListener('abort', () => resolve([]), { once: true });
      });
      const readPatiently = async (after: number, limit: number): Promise<readonly Recorded[]> => {
        try {
          for (let failures = 1; !over.aborted; failures++) {
            try {
              return await Promise.race([readFrom(after, limit), aborted]);
            } catch (error) {
              if (!(error instanceof Unavailable)) throw error;
              onError(error);
              if (!over.aborted) standstill.fails(over, error);
              await connection.pauseAfter(failures, over);
            }
          }
          return [];
        } finally {
          standstill.ends(over);
        }
      };
      return followLog(tail.recent, readPatiently, position, over);
    },
    head,
    // Shows that the node answers, and no more.
    probe: async () => void (await head()),
    async close() {
      closing.abort();
      await connection.close();
      await running;
    },
  };
};

/** The last revision of the stream a read found, as far as it shows; -1: no stream. */
const endOf = (events: readonly Recorded[], { from, backwards }: StreamRange, limit: number): number | undefined => {
  if (backwards) return from === undefined ? (events[0]?.revision ?? -1) : undefined;
  if (!isLastPage(events, limit)) return undefined;
  return events.at(-1)?.revision ?? (from ?? 0) - 1;
};
