// What a command recorded when it made something, for answers that must show no more than that.

import { decode } from '../domain/codec.ts';
import type { Event, EventOf, EventType } from '../domain/events.ts';
import type { EventReader } from '../store/ports.ts';

/** Events that make one thing at most, with its members and with claims that it lost before. */
const MAKING = 1000;

/** The event of `type` that a stream begins with, and what was recorded beside it. */
export const firstEvent = async <T extends EventType>(
  events: EventReader,
  stream: string,
  type: T,
): Promise<{ readonly first: EventOf<T>; readonly all: readonly Event[] }> => {
  const all = (await events.readStream(stream, { limit: MAKING })).map(decode);
  const first = all.find((event): event is EventOf<T> => event.type === type);
  if (first === undefined) throw new Error(`${stream} does not begin with ${type}`);
  return { first, all };
};
