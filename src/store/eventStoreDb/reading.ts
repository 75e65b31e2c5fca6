// Reads of a node: pages of a stream and of the log, and the end of the log.

import { StreamDeletedError } from '@eventstore/db-client';
import { Hidden, type Recorded, type StreamRange } from '../ports.ts';
import { openPage, wholePage } from '../shared/page.ts';
import type { Answer } from './answerWire.ts';
import type { GrpcClient } from './appendLane.ts';
import { type Question, read } from './readWire.ts';
import { type OwnEvents, recordedOf } from './recorded.ts';

const LOG_PAGE = 1000;

/**
 * Milliseconds after which a page that still comes is cut and the rest asked for: others' events may be large, and no
 * question may meet its deadline while the node answers.
 */
export const SLICE = 1000;

/** Puts one question to the node: each page is one, with a deadline of its own. `over` aborts when nobody waits for it. */
export type Ask = <T>(question: (client: GrpcClient, over: AbortSignal) => Promise<T>) => Promise<T>;

/** Hands the events of a read to `add` until it returns false, and ends the read then. False: there is no such stream. */
const eventsOf = async (
  client: GrpcClient,
  question: Question,
  over: AbortSignal,
  add: (event: Recorded) => boolean,
): Promise<boolean> => {
  let isThere = true;
  const take = ({ event, isNoStream }: Answer): boolean => {
    if (isNoStream) isThere = false;
    return event === undefined || add(event);
  };
  await read(client, question, take, over).over;
  return isThere;
};

/** A missing stream is empty. @throws Hidden */
export const readStream = async (
  client: GrpcClient,
  own: OwnEvents,
  stream: string,
  range: StreamRange & { readonly limit: number },
  over: AbortSignal,
): Promise<readonly Recorded[]> => {
  const { from, backwards = false, limit } = range;
  const page = openPage(limit);
  const start = from ?? (backwards ? 'end' : 'start');
  const question = { stream: own.prefix + stream, from: start, backwards, count: limit } as const;
  let found = 0;
  const isThere = await eventsOf(client, question, over, (event) => {
    found++;
    const recorded = recordedOf(event, own);
    // The last event that the node was asked for needs no end: the node ends the read by itself.
    return recorded === undefined || page.add(recorded) || found >= limit;
  }).catch((error: unknown) => {
    throw error instanceof StreamDeletedError ? new Hidden(stream, 0, 'somebody deleted the stream for good') : error;
  });
  if (!isThere) {
    if (await isDeleted(client, own, stream, over)) throw new Hidden(stream, 0, 'somebody deleted the stream');
    return [];
  }
  // A stream without events is missing. This one has some that nobody may see.
  if (found === 0 && (backwards || (from ?? 0) === 0)) throw new Hidden(stream, 0);
  return wholePage(stream, page.events, range, limit);
};

/** Whether a stream that seems to be missing was there: a deletion leaves a note in the stream of its metadata. */
const isDeleted = async (client: GrpcClient, { prefix }: OwnEvents, stream: string, over: AbortSignal) => {
  let isTruncated = false;
  const notes = { stream: `$$${prefix}${stream}`, from: 'end', backwards: true, count: 1 } as const;
  await eventsOf(client, notes, over, ({ data }) => {
    isTruncated = (JSON.parse(data) as { readonly $tb?: unknown } | null)?.$tb !== undefined;
    return true;
  });
  return isTruncated;
};

/** This program's events after `position`: as many questions as it takes to fill a page. */
export const readLog = async (
  ask: Ask,
  own: OwnEvents,
  position: number,
  limit: number,
): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  // One more than the limit, since a read begins with the event at the position itself.
  for (let at = position, count = limit + 1; ; count = Math.min(count * 2, LOG_PAGE)) {
    const before = at;
    const end = performance.now() + SLICE;
    let [found, isCut] = [0, false];
    await ask((client, over) =>
      eventsOf(client, { from: before === 0 ? 'start' : before, count }, over, (event) => {
        found++;
        // A question that is asked again gets what the first one got, too.
        if (event.position <= at) return true;
        at = event.position;
        const recorded = recordedOf(event, own);
        isCut = performance.now() >= end;
        return ((recorded === undefined || page.add(recorded)) && !isCut) || found >= count;
      }),
    );
    if (page.isFull() || (found < count && !isCut) || at === before) return page.events;
  }
};

/**
 * Searches the log backwards for an event of this program, down to the position `after`. Out: the end of all of the log,
 * and that event; undefined: there is none.
 */
export const findEnd = async (
  ask: Ask,
  own: OwnEvents,
  after = 0,
): Promise<{ readonly position: number; readonly event: Recorded | undefined }> => {
  let position = 0;
  let event: Recorded | undefined;
  for (let at: number | undefined; ; ) {
    const before = at;
    const end = performance.now() + SLICE;
    // Mostly the last event of all is the one.
    const [from, count] = before === undefined ? (['end', 1] as const) : [before, LOG_PAGE];
    await ask((client, over) =>
      eventsOf(client, { from, backwards: true, count }, over, (each) => {
        at = each.position;
        position ||= at;
        if (at <= after) return count === 1;
        event = recordedOf(each, own);
        return count === 1 || (event === undefined && performance.now() < end);
      }),
    );
    if (event || at === before || (at ?? 0) <= after) return { position, event };
  }
};
