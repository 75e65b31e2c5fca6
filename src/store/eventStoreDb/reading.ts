// Reads of a node: pages of a stream and of the log, and the end of the log.

import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type RecordedEvent,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import type { Recorded, StreamRange } from '../ports.ts';
import { isSystem, positionOf, recordedOf } from './recorded.ts';

const LOG_PAGE = 1000;
/** A node that has just ceased to lead could not know of the latest appends. */
const fromLeader = { requiresLeader: true } as const;

/** Puts one question to the node: each page is one, with a deadline of its own. */
export type Ask = <T>(question: (client: EventStoreDBClient) => Promise<T>) => Promise<T>;

/** The end of the log: of all of it, and of the events that are not the node's own. 0: there is none. */
export interface LogEnd {
  readonly position: number;
  readonly event: number;
}

/** A missing stream is empty. */
export async function readStream(
  client: EventStoreDBClient,
  stream: string,
  { from, backwards = false, limit }: StreamRange & { readonly limit: number },
): Promise<readonly Recorded[]> {
  try {
    const events = await collect(
      client.readStream(stream, {
        ...fromLeader,
        direction: backwards ? BACKWARDS : FORWARDS,
        fromRevision: from === undefined ? (backwards ? END : START) : BigInt(from),
        maxCount: limit,
      }),
    );
    return events.map(recordedOf);
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  }
}

/** Events after `position`, without the node's own: as many pages as it takes to find `limit`. */
export async function readLog(ask: Ask, position: number, limit: number): Promise<Recorded[]> {
  const found: Recorded[] = [];
  // One more than asked for, since a page begins with the event at the position itself.
  for (let at = position, maxCount = limit + 1; ; maxCount = Math.min(maxCount * 2, LOG_PAGE)) {
    const page = await ask((client) => readForwards(client, at, maxCount));
    const after = page.filter((event) => positionOf(event) > at);
    for (const event of after) if (!isSystem(event)) found.push(recordedOf(event));
    const last = after.at(-1);
    if (!last || page.length < maxCount || found.length >= limit) return found.slice(0, limit);
    at = positionOf(last);
  }
}

/** Position of the last event of the log, the node's own included; 0 when there is none. */
export async function lastPosition(client: EventStoreDBClient): Promise<number> {
  const [last] = await readBackwards(client, END, 1);
  return last ? positionOf(last) : 0;
}

/** Searches the end of the log for an event that is not the node's own. */
export async function findEnd(ask: Ask): Promise<LogEnd> {
  let page = await ask((client) => readBackwards(client, END, 1));
  const position = page[0] ? positionOf(page[0]) : 0;
  for (let at = position; page.length > 0; ) {
    const event = page.find((each) => !isSystem(each));
    if (event) return { position, event: positionOf(event) };
    const before = at;
    const read = await ask((client) => readBackwards(client, placeOf(before), LOG_PAGE));
    page = read.filter((each) => positionOf(each) < before);
    at = page.length > 0 ? positionOf(page.at(-1)!) : 0;
  }
  return { position, event: 0 };
}

/** A place as the client takes it. Nothing this adapter writes has two positions that differ. */
export function placeOf(position: number): { commit: bigint; prepare: bigint } {
  const place = BigInt(position);
  return { commit: place, prepare: place };
}

function readForwards(client: EventStoreDBClient, position: number, maxCount: number) {
  const fromPosition = position === 0 ? START : placeOf(position);
  return collect(client.readAll({ ...fromLeader, direction: FORWARDS, fromPosition, maxCount }));
}

type Place = ReturnType<typeof placeOf>;

function readBackwards(client: EventStoreDBClient, fromPosition: typeof END | Place, maxCount: number) {
  return collect(client.readAll({ ...fromLeader, direction: BACKWARDS, fromPosition, maxCount }));
}

interface Reading {
  on(event: 'data', listener: (resolved: { event?: RecordedEvent }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
}

/** All events of a read. It listens for errors to the end of its life: one that nobody hears ends the process. */
function collect(reading: Reading): Promise<RecordedEvent[]> {
  return new Promise((resolve, reject) => {
    const events: RecordedEvent[] = [];
    reading.on('data', ({ event }) => {
      if (event) events.push(event);
    });
    reading.on('error', reject);
    reading.on('end', () => resolve(events));
    reading.on('close', () => reject(new Error('the read was ended')));
  });
}
