// Streams as they were at a position.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decode } from '../../domain/codec.ts';
import type { Event } from '../../domain/events.ts';
import { type EventReader, isLastPage, type Recorded } from '../../store/ports.ts';

const PAGE = 1000;

type Streams = Pick<EventReader, 'readStream'>;

/** The events of a stream up to a position. */
export async function* eventsUpTo(events: Streams, stream: string, position: number): AsyncGenerator<Event, void> {
  for (let from = 0; ; ) {
    const page = await events.readStream(stream, { from, limit: PAGE });
    for (const recorded of page) {
      if (recorded.position > position) return;
      yield decode(recorded);
    }
    if (isLastPage(page, PAGE)) return;
    from = page.at(-1)!.revision + 1;
    await nextTurn();
  }
}

/**
 * The last of a row of things, each at a later position than the one before, that is not after `position`. `last`: of the
 * whole row. `at`: the thing at a place, from 0.
 */
export const lastUpTo = async <T extends { readonly position: number }>(
  position: number,
  last: { readonly place: number; readonly thing: T } | undefined,
  at: (place: number) => Promise<T | undefined>,
): Promise<T | undefined> => {
  if (last === undefined || last.thing.position <= position) return last?.thing;
  let found: T | undefined;
  for (let [low, high] = [0, last.place]; low < high; ) {
    const middle = (low + high) >>> 1;
    const thing = await at(middle);
    if (thing !== undefined && thing.position <= position) [found, low] = [thing, middle + 1];
    else high = middle;
  }
  return found;
};

/** The last event of a stream up to a position. */
export const lastEventUpTo = async (events: Streams, stream: string, position: number): Promise<Event | undefined> => {
  const [end] = await events.readStream(stream, { backwards: true, limit: 1 });
  const last = end && { place: end.revision, thing: end };
  const at = async (from: number): Promise<Recorded | undefined> =>
    (await events.readStream(stream, { from, limit: 1 }))[0];
  const found = await lastUpTo(position, last, at);
  return found && decode(found);
};
