// The event store on EventStoreDB, through its own client.

import { type EventStore, isLastPage, type Recorded, type StreamRange, Unavailable } from '../ports.ts';
import { askTogether } from '../shared/askTogether.ts';
import { followLog } from '../shared/followLog.ts';
import { checkAppend, checkLimit } from '../shared/page.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { takeTurns } from './fairness.ts';
import { type Ask, findEnd, readLog, readStream } from './reading.ts';
import { tailOf } from './tail.ts';

const DEADLINE = 5000;
/** Milliseconds a read waits for the live subscription before it asks the node: a few times what an event takes. */
const PATIENCE = 200;

/**
 * Opens the event store of a node or cluster, which need not be there yet.
 * @throws Error the client does not take the address.
 */
export const openEventStoreDb = async (
  options: Pick<ConnectionOptions, 'url'> & Partial<ConnectionOptions>,
): Promise<EventStore> => {
  const { url, deadline = DEADLINE, onError = () => {} } = options;
  const closing = new AbortController();
  const connection = connect({ url, deadline, onError });
  const { inTurn, saw } = takeTurns();
  const tail = tailOf(connection, saw, onError, closing.signal);
  const running = tail.run();
  /** The live subscription has seen what was appended before this moment of `performance.now()`. */
  let caughtUpAt = Number.NEGATIVE_INFINITY;

  /** @throws Unavailable any failure. */
  const ask: Ask = (question) =>
    connection
      .run(({ client }) => question(client))
      .catch((error: unknown) => {
        throw error instanceof Unavailable ? error : new Unavailable('events', error);
      });
  const askEnd = askTogether(async () => {
    const askedAt = performance.now();
    return { ...(await findEnd(ask, tail.position)), askedAt };
  });
  const askLastEvent = askTogether(async () => (await findEnd(ask)).event);

  /** Whether the live subscription has seen every append answered before `since`, which is not later than the call. */
  const catchUp = async (since: number): Promise<boolean> => {
    if (since <= caughtUpAt) return true;
    if (!tail.isLive) return false;
    const { position, event, askedAt } = await askEnd();
    if (!(await tail.passed(event, PATIENCE))) return false;
    // Between the two is nothing that the subscription would bring.
    tail.reach(position);
    caughtUpAt = Math.max(caughtUpAt, askedAt);
    return true;
  };

  /** Whether a stream is known, after a fresh look at the log, to end before a revision. */
  const endsBefore = async (stream: string, revision: number, since: number): Promise<boolean> => {
    const isKnown = (): boolean => (tail.revisions.get(stream) ?? Infinity) < revision;
    return isKnown() && (await catchUp(since)) && isKnown();
  };

  const head = async (): Promise<number> =>
    ((await catchUp(performance.now())) ? tail.lastEvent : undefined) ?? askLastEvent();

  return {
    async append(stream, expected, events) {
      checkAppend(events);
      return inTurn(stream, expected, events.length, () =>
        connection.run(({ append }) => append(stream, expected, events)),
      );
    },
    async readStream(stream, range = {}) {
      const limit = checkLimit(range.limit);
      const since = range.since ?? performance.now();
      if (!range.backwards && (await endsBefore(stream, range.from ?? 0, since))) return [];
      const { position, lastEvent } = tail;
      const events = await ask((client) => readStream(client, stream, { ...range, limit }));
      const end = endOf(events, range, limit);
      // The live subscription receives everything after `position`, or has received it meanwhile.
      if (end !== undefined && lastEvent !== undefined) tail.revisions.learned(stream, end, position, tail.position);
      return events;
    },
    readLog: async (position, limit) => readLog(ask, position, checkLimit(limit)),
    follow(position, signal) {
      const over = AbortSignal.any([signal, closing.signal]);
      const aborted = new Promise<[]>((resolve) => {
        over.addEventListener('abort', () => resolve([]), { once: true });
      });
      const readPatiently = async (after: number, limit: number): Promise<readonly Recorded[]> => {
        for (let failures = 1; !over.aborted; failures++) {
          try {
            return await Promise.race([readLog(ask, after, limit), aborted]);
          } catch (error) {
            onError(error);
            await connection.pauseAfter(failures, over);
          }
        }
        return [];
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
