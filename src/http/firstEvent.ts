// The events that created a thing, for answers that must show no more than those.

import { decode } from '../domain/codec.ts';
import type { Event, EventOf, EventType } from '../domain/events.ts';
import { streams } from '../domain/streams.ts';
import { type FileDoc, fileOf } from '../projections/files.ts';
import type { EventReader } from '../store/ports.ts';

/** Events that create one thing at most, with its members and with the claims that it lost before. */
const MAKING = 1000;

/** The event of `type` that a stream begins with, and the events recorded together with it. */
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

/** The file as it was stored, though it may have been discarded or erased since. */
export const storedFile = async (events: EventReader, fileId: string): Promise<FileDoc> =>
  fileOf((await firstEvent(events, streams.file(fileId), 'FileStored')).first);
