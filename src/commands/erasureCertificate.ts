// What the certificate of an erasure says: what was destroyed, and where the server looked for what is left.

import { decode } from '../domain/codec.ts';
import type { DataOf } from '../domain/events.ts';
import type { History } from '../store/ports.ts';
import type { RecordedErasure } from './erasureRecords.ts';
import { eventsIn } from './readEvents.ts';

/** How many private parts nobody can open any more. @throws Error one can be opened */
export const closedPartsIn = async (events: History, streams: readonly string[]): Promise<number> => {
  let closed = 0;
  for (const name of streams)
    for await (const recorded of eventsIn(events, name)) {
      const { secret, isClosed } = decode(recorded);
      if (secret !== undefined && !isClosed) throw new Error(`${name} can still be read at ${recorded.revision}`);
      if (isClosed) closed += 1;
    }
  return closed;
};

interface Looked {
  readonly logId: string | null;
  readonly requestedAt: string;
  /** How many nobody can open any more. */
  readonly privateParts: number;
  readonly at: Date;
}

export const certificateClaims = (
  { kind, targetId, inConversationId, by }: DataOf<'ErasureRequested'>,
  recorded: RecordedErasure,
  { logId, requestedAt, privateParts, at }: Looked,
) => ({
  ...{ iss: 'verbatim', iat: Math.floor(at.getTime() / 1000) },
  ...{ logId, erased: kind, targetId, inConversationId, requestedAt, requestedBy: by },
  erasedAt: at.toISOString(),
  position: recorded.position,
  destroyedKeys: recorded.keys,
  looked: [
    { place: 'keys', found: 'zeros in the place of each key' },
    { place: 'log', found: 'no private part that can be opened', streams: recorded.streams, privateParts },
    { place: 'views', found: 'documents up to the position; earlier bytes overwritten, write-ahead log emptied' },
    ...(kind === 'file' ? [] : [{ place: 'search', found: 'no mark of a word' }]),
    { place: 'memory', found: 'keys and opened texts forgotten' },
  ],
});
