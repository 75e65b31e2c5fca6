// Reads of a node: pages of a stream and of the log, and the end of the log.

import type { Recorded, StreamRange } from '../ports.ts';
import { openPage } from '../shared/page.ts';
import type { GrpcClient } from './appendLane.ts';
import { type Question, read } from './readWire.ts';
import { isSystem } from './recorded.ts';

const LOG_PAGE = 1000;

/** Puts one question to the node: each page is one, with a deadline of its own. */
export type Ask = <T>(question: (client: GrpcClient) => Promise<T>) => Promise<T>;

/** Hands the events of a read to `add` until it returns false, and ends the read then. */
const eventsOf = (client: GrpcClient, question: Question, add: (event: Recorded) => boolean): Promise<void> =>
  read(client, question, ({ event }) => event === undefined || add(event)).over;

/** A missing stream is empty. */
export const readStream = async (
  client: GrpcClient,
  stream: string,
  { from, backwards = false, limit }: StreamRange & { readonly limit: number },
): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  const question = { stream, from: from ?? (backwards ? 'end' : 'start'), backwards, count: limit } as const;
  // The last event that the node was asked for needs no end: the node ends the read by itself.
  await eventsOf(client, question, (event) => page.add(event) || page.events.length >= limit);
  return page.events;
};

/** Events after `position`, without the node's own: as many reads as it takes to fill a page. */
export const readLog = async (ask: Ask, position: number, limit: number): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  // One more than the limit, since a read begins with the event at the position itself.
  for (let at = position, count = limit + 1; ; count = Math.min(count * 2, LOG_PAGE)) {
    const before = at;
    let found = 0;
    await ask((client) =>
      eventsOf(client, { from: before === 0 ? 'start' : before, count }, (event) => {
        found++;
        if (event.position <= before) return true;
        at = event.position;
        return isSystem(event) || page.add(event) || found === count;
      }),
    );
    if (page.isFull() || found < count || at === before) return page.events;
  }
};

/**
 * Searches the log backwards for an event that is not the node's own, down to the position `after`. Out: the end of all of
 * the log, and the position of that event; 0: there is none.
 */
export const findEnd = async (ask: Ask, after = 0): Promise<{ readonly position: number; readonly event: number }> => {
  let [position, event] = [0, 0];
  for (let at: number | undefined; ; ) {
    const before = at;
    // Mostly the last event of all is the one.
    const [from, count] = before === undefined ? (['end', 1] as const) : [before, LOG_PAGE];
    await ask((client) =>
      eventsOf(client, { from, backwards: true, count }, (each) => {
        at = each.position;
        position ||= at;
        if (at <= after) return count === 1;
        if (!isSystem(each)) event = at;
        return event === 0 || count === 1;
      }),
    );
    if (event > 0 || at === before || (at ?? 0) <= after) return { position, event };
  }
};
