// Views remember a mark of the last event that they took. By it they find out whether the log still holds that event.

import { hash } from 'node:crypto';
import { type Checkpoint, type EventReader, Hidden, type Recorded } from '../store/ports.ts';

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
  let found: Recorded | undefined;
  try {
    if (stream !== undefined) [found] = await events.readStream(stream, { from: Number(revision), limit: 1 });
  } catch (error) {
    // Somebody hides the event from its stream, and the log still has it.
    if (error instanceof Hidden) return undefined;
    throw error;
  }
  if (found?.position === position && markOf(found) === mark) return undefined;
  return `the views belong to another log: this log does not hold the event they took last, at position ${position}`;
};
