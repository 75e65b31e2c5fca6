// How a copy of a history begins, and what tells that a log is one: each copied event keeps its old position in its `meta`.

import { decode } from '../domain/codec.ts';
import { logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { type EventReader, type History, type NewEvent, NO_STREAM, type Recorded } from '../store/ports.ts';
import { stateIn } from './readEvents.ts';

export type CopiedEvents = Pick<EventReader, 'readStream' | 'readLog'>;

/** The events in the target are not the first events of the source. */
export class NotACopy extends Error {
  override readonly name = 'NotACopy';
}

export const copyOf = ({ id, type, data, meta, position }: Recorded, logId: string): NewEvent => {
  const { copied = [], ...rest } = JSON.parse(meta) as { copied?: unknown[] };
  return { id, type, data, meta: JSON.stringify({ ...rest, copied: [...copied, [logId, position]] }) };
};

/** @throws NotACopy the event in the target is another one, or was not copied from the log with this id */
export const mustBeCopied = (present: Recorded, { id, stream, revision }: Recorded, logId: string): void => {
  if (present.id !== id || present.stream !== stream || present.revision !== revision)
    throw new NotACopy(
      `the stores are not empty: they hold another history, with ${present.type} in ${present.stream} at position ` +
        `${present.position}. Set another DATA_DIR, or name empty servers`,
    );
  if (decode(present).meta.copied?.at(-1)?.[0] !== logId)
    throw new NotACopy(
      'the target holds the same history, but no copy of it: it is the source, or was filled by other means',
    );
};

/** The id of the log that is copied. @throws NotACopy it has not begun */
export const logIdOf = async (events: CopiedEvents): Promise<string> => {
  const { logId } = await stateIn(events, logs, THE_LOG);
  if (logId === null) throw new NotACopy('the source has no history');
  return logId;
};

/** The first event of the source, and whether the target has it. @throws NotACopy the target begins with another one */
export const beginningOf = async (from: CopiedEvents, to: History['recorded'], logId: string) => {
  const [[first], [present]] = await Promise.all([from.readLog(0, 1), to.readLog(0, 1)]);
  if (present !== undefined) mustBeCopied(present, first!, logId);
  return { first: first!, isThere: present !== undefined };
};

/**
 * Copies the first event, so that no server starts on the target before it has everything: call it before anything else is
 * put there. @throws NotACopy the target has other events
 */
export const beginCopy = async (from: CopiedEvents, { recorded }: Pick<History, 'recorded'>): Promise<void> => {
  const logId = await logIdOf(from);
  const { first, isThere } = await beginningOf(from, recorded, logId);
  if (!isThere) await recorded.append(first.stream, NO_STREAM, [copyOf(first, logId)]);
};
