// What every event store asks of an append before it takes it.

import { APPEND_LIMITS, type NewEvent } from './ports.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Checks the events of one append.
 * @throws RangeError none, more than `APPEND_LIMITS.events`, or together longer than `APPEND_LIMITS.bytes`.
 * @throws TypeError an id is not a UUID in lower case.
 */
export function checkAppend(events: readonly NewEvent[]): void {
  if (events.length === 0) throw new RangeError('an append needs an event');
  if (events.length > APPEND_LIMITS.events) {
    throw new RangeError(`${events.length} events in one append, ${APPEND_LIMITS.events} at most`);
  }
  for (const { id } of events) if (!UUID.test(id)) throw new TypeError(`not a UUID in lower case: ${id.slice(0, 40)}`);
  if (tooLong(events)) throw new RangeError(`an append is longer than ${APPEND_LIMITS.bytes} bytes`);
}

/** UTF-8 takes three bytes at most for each UTF-16 unit, so most appends need no counting of bytes. */
function tooLong(events: readonly NewEvent[]): boolean {
  const units = events.reduce((sum, { data, meta }) => sum + data.length + meta.length, 0);
  if (units * 3 <= APPEND_LIMITS.bytes) return false;
  const bytes = events.reduce((sum, { data, meta }) => sum + Buffer.byteLength(data) + Buffer.byteLength(meta), 0);
  return bytes > APPEND_LIMITS.bytes;
}
