// Views remember a mark of the last event that they took. By it they find out whether the log still holds that event.

import { hash } from 'node:crypto';
import { THE_LOG } from '../domain/streams.ts';
import {
  type Checkpoint,
  type EventReader,
  hides,
  type Recorded,
  Unavailable,
  type ViewStore,
} from '../store/ports.ts';
import type { LogDoc } from './log.ts';

/** The event's place in its stream, and a hash of the event. Its id is not enough, since retries give the same id. */
export const markOf = ({ stream, revision, id, type, data, meta }: Recorded): string =>
  `${revision} ${hash('sha256', JSON.stringify([id, type, data, meta]))} ${stream}`;

/**
 * Why views with this checkpoint do not belong to this log, for operators. Undefined: they do. Looks for the event in
 * its stream, since a store may refuse to read from a position that has no event. @throws Unavailable
 */
export const misfitOf = async (
  events: Pick<EventReader, 'readStream'>,
  { position, mark }: Checkpoint,
): Promise<string | undefined> => {
  if (position === 0) return undefined;
  const [, revision, stream] = /^(\d+) \S+ (.+)$/s.exec(mark) ?? [];
  if (stream !== undefined) {
    const place = { stream, revision: Number(revision) };
    // Somebody may hide the event from its stream, and the log still has it.
    if (await hides(events, place)) return undefined;
    const [found] = await events.readStream(stream, { from: place.revision, limit: 1 });
    if (found?.position === position && markOf(found) === mark) return undefined;
  }
  return `the views belong to another log: this log does not hold the event they took last, at position ${position}`;
};

/**
 * The id of the log that the views were made from, if this log does not hold what they took last. Undefined: it does, or
 * the views cannot tell.
 */
export const formerLogOf = async (
  events: Pick<EventReader, 'readStream'>,
  views: Pick<ViewStore, 'checkpoint' | 'get'>,
): Promise<string | undefined> => {
  try {
    if ((await misfitOf(events, await views.checkpoint())) === undefined) return undefined;
    const [former] = await views.get('log', [THE_LOG]);
    return (former as unknown as LogDoc | undefined)?.logId;
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
};
