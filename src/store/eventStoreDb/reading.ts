// Reads of a node: pages of a stream and of the log, and the end of the log.

import type { EventStoreDBClient, RecordedEvent, StreamingRead } from '@eventstore/db-client';
import { BACKWARDS, END, FORWARDS, START, StreamDeletedError, StreamNotFoundError } from '@eventstore/db-client';
import { Hidden, type Recorded, type StreamRange } from '../ports.ts';
import { openPage, wholePage } from '../shared/page.ts';
import { CallFailed } from './failures.ts';
import { type OwnEvents, positionOf, recordedOf } from './recorded.ts';

const LOG_PAGE = 1000;
/** A node that has just ceased to lead may lack the latest appends. */
const fromLeader = { requiresLeader: true } as const;

/**
 * Milliseconds after which a page that still comes is cut and the rest asked for: others' events may be large, and no
 * question may meet its deadline while the node answers.
 */
const SLICE = 1000;

/** Puts one question to the node: each page is one, with a deadline of its own. */
export type Ask = <T>(question: (client: EventStoreDBClient) => Promise<T>) => Promise<T>;

/** A missing stream is empty. @throws Hidden */
export const readStream = async (
  client: EventStoreDBClient,
  own: OwnEvents,
  stream: string,
  range: StreamRange & { readonly limit: number },
): Promise<readonly Recorded[]> => {
  const { from, backwards = false, limit } = range;
  const page = openPage(limit);
  let found = 0;
  try {
    const reading = client.readStream(own.prefix + stream, {
      ...fromLeader,
      direction: backwards ? BACKWARDS : FORWARDS,
      fromRevision: from === undefined ? (backwards ? END : START) : BigInt(from),
      maxCount: limit,
    });
    await take(reading, (event) => {
      found++;
      const recorded = recordedOf(event, own);
      return recorded === undefined || page.add(recorded);
    });
  } catch (error) {
    if (error instanceof StreamDeletedError) throw new Hidden(stream, 0, 'somebody deleted the stream for good');
    if (!(error instanceof StreamNotFoundError)) throw error;
    if (await isDeleted(client, own, stream)) throw new Hidden(stream, 0, 'somebody deleted the stream');
    return [];
  }
  // A stream without events is missing. This one has some that nobody may see.
  if (found === 0 && (backwards || (from ?? 0) === 0)) throw new Hidden(stream, 0);
  return wholePage(stream, page.events, range, limit);
};

/** Whether a stream that seems to be missing was there: a deletion leaves a note in the stream of its metadata. */
const isDeleted = async (client: EventStoreDBClient, { prefix }: OwnEvents, stream: string): Promise<boolean> => {
  try {
    let truncated: unknown;
    const notes = client.readStream(`$$${prefix}${stream}`, { ...fromLeader, direction: BACKWARDS, maxCount: 1 });
    await take(notes, ({ data }) => {
      truncated = (data as { readonly $tb?: unknown } | undefined)?.$tb;
      return false;
    });
    return truncated !== undefined;
  } catch (error) {
    if (error instanceof StreamNotFoundError) return false;
    throw error;
  }
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
  for (let at = position, maxCount = limit + 1; ; maxCount = Math.min(maxCount * 2, LOG_PAGE)) {
    const before = at;
    const fromPosition = before === 0 ? START : placeOf(before);
    const end = performance.now() + SLICE;
    let [found, isCut] = [0, false];
    await ask((client) =>
      take(client.readAll({ ...fromLeader, direction: FORWARDS, fromPosition, maxCount }), (event) => {
        found++;
        // A question that is asked again may still get answers to the first one.
        if (positionOf(event) <= at) return true;
        at = positionOf(event);
        const recorded = recordedOf(event, own);
        isCut = performance.now() >= end;
        return (recorded === undefined || page.add(recorded)) && !isCut;
      }),
    );
    if (page.isFull() || (found < maxCount && !isCut) || at === before) return page.events;
  }
};

/** Position of the last event of the log, the node's own included; 0 when there is none. */
export const lastPosition = async (client: EventStoreDBClient): Promise<number> => {
  let position = 0;
  await take(readBackwards(client), (event) => {
    position = positionOf(event);
    return true;
  });
  return position;
};

/**
 * Searches the log backwards for an event of this program. Out: the end of all of the log, and the position of that
 * event; 0: there is none.
 */
export const findEnd = async (
  ask: Ask,
  own: OwnEvents,
): Promise<{ readonly position: number; readonly event: number }> => {
  let [position, event] = [0, 0];
  for (let at: number | undefined; ; ) {
    const before = at;
    const end = performance.now() + SLICE;
    await ask((client) =>
      take(readBackwards(client, before), (each) => {
        at = positionOf(each);
        position ||= at;
        if (recordedOf(each, own)) event = at;
        return event === 0 && performance.now() < end;
      }),
    );
    if (event > 0 || at === before) return { position, event };
  }
};

/** A place as the client takes it. Nothing this adapter writes has two positions that differ. */
export const placeOf = (position: number): { commit: bigint; prepare: bigint } => {
  const place = BigInt(position);
  return { commit: place, prepare: place };
};

/** Without a position the last event alone; else a page, with or without the event at the position. */
const readBackwards = (client: EventStoreDBClient, position?: number) => {
  const [fromPosition, maxCount] = position === undefined ? ([END, 1] as const) : [placeOf(position), LOG_PAGE];
  return client.readAll({ ...fromLeader, direction: BACKWARDS, fromPosition, maxCount });
};

/**
 * Hands the events of a read to `add` until it returns false, and cancels the rest of the read. The error listener stays:
 * an error without a listener ends the process.
 */
const take = (
  reading: StreamingRead<{ readonly event?: RecordedEvent }>,
  add: (event: RecordedEvent) => boolean,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      reading.cancel().catch(() => undefined);
    };
    reading.on('data', ({ event }) => {
      if (!event || isOver) return;
      try {
        if (add(event)) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      end();
    });
    reading.on('error', reject);
    reading.on('end', resolve);
    reading.on('close', () => reject(new CallFailed('the read was ended')));
  });
