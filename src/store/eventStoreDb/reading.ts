// Reads of a node: pages of a stream and of the log, and the end of the log.

import type { EventStoreDBClient, RecordedEvent, StreamingRead } from '@eventstore/db-client';
import { BACKWARDS, END, FORWARDS, START, StreamNotFoundError } from '@eventstore/db-client';
import type { Recorded, StreamRange } from '../ports.ts';
import { openPage } from '../shared/page.ts';
import { CallFailed } from './failures.ts';
import { isSystem, positionOf, recordedOf } from './recorded.ts';

const LOG_PAGE = 1000;
/** A node that has just ceased to lead may lack the latest appends. */
const fromLeader = { requiresLeader: true } as const;

/** Puts one question to the node: each page is one, with a deadline of its own. */
export type Ask = <T>(question: (client: EventStoreDBClient) => Promise<T>) => Promise<T>;

/** A missing stream is empty. */
export const readStream = async (
  client: EventStoreDBClient,
  stream: string,
  { from, backwards = false, limit }: StreamRange & { readonly limit: number },
): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  try {
    const reading = client.readStream(stream, {
      ...fromLeader,
      direction: backwards ? BACKWARDS : FORWARDS,
      fromRevision: from === undefined ? (backwards ? END : START) : BigInt(from),
      maxCount: limit,
    });
    await take(reading, (event) => page.add(recordedOf(event)));
    return page.events;
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  }
};

/** Events after `position`, without the node's own: as many reads as it takes to fill a page. */
export const readLog = async (ask: Ask, position: number, limit: number): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  // One more than the limit, since a read begins with the event at the position itself.
  for (let at = position, maxCount = limit + 1; ; maxCount = Math.min(maxCount * 2, LOG_PAGE)) {
    const before = at;
    const fromPosition = before === 0 ? START : placeOf(before);
    let found = 0;
    await ask((client) =>
      take(client.readAll({ ...fromLeader, direction: FORWARDS, fromPosition, maxCount }), (event) => {
        found++;
        if (positionOf(event) <= before) return true;
        at = positionOf(event);
        return isSystem(event) || page.add(recordedOf(event));
      }),
    );
    if (page.isFull() || found < maxCount || at === before) return page.events;
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
 * Searches the log backwards for an event that is not the node's own. Out: the end of all of the log, and the position of
 * that event; 0: there is none.
 */
export const findEnd = async (ask: Ask): Promise<{ readonly position: number; readonly event: number }> => {
  let [position, event] = [0, 0];
  for (let at: number | undefined; ; ) {
    const before = at;
    await ask((client) =>
      take(readBackwards(client, before), (each) => {
        at = positionOf(each);
        position ||= at;
        if (!isSystem(each)) event = at;
        return event === 0;
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
