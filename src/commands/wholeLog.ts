// Tells a whole log from a copy that did not end. A copy ends with an event of its own in the log's own stream, so as long as
// the last event there is a copied one, later events are missing.

import { decode } from '../domain/codec.ts';
import { THE_LOG } from '../domain/streams.ts';
import type { EventReader } from '../store/ports.ts';

/** A copy, a restore or an import was interrupted; the message says what to do. */
export class LogUnfinished extends Error {
  override readonly name = 'LogUnfinished';
}

/** @throws LogUnfinished */
export const mustBeWhole = async (events: Pick<EventReader, 'readStream'>): Promise<void> => {
  const [last] = await events.readStream(THE_LOG, { backwards: true, limit: 1 });
  if (last === undefined || decode(last).meta.copied === undefined) return;
  throw new LogUnfinished(
    'a copy, a restore or an import into these stores did not end: part of the history is missing. Run it again',
  );
};
