// The log of a backup as a restore into a database server copies it: with an event at its end that makes it another log,
// since the one that was backed up may have gone on (docs/decisions/0013).

import { decode, encode } from '../domain/codec.ts';
import { derivedId } from '../domain/ids.ts';
import { logs, restoreLog } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { chain, hashIn } from '../history/chain.ts';
import type { EventLogReader } from '../store/embedded/eventLogReader.ts';
import { type EventReader, isLastPage, type Recorded } from '../store/ports.ts';
import type { Manifest } from './backupFolder.ts';

/** The same for the same backup each time, so that a restore that was interrupted continues. */
const restored = (reader: EventLogReader, { eventsSha256, position, at }: Manifest): Recorded => {
  const recorded = reader.readStream(THE_LOG);
  const events = recorded.map(decode);
  const log = events.reduce((state, event) => logs.evolve(state, event, event), logs.initial());
  const [event] = restoreLog(log, derivedId('restored log', eventsSha256), position);
  if (event === undefined) throw new Error('the backup has no events');
  const meta = { actorId: null, correlationId: 'restore' };
  const place = { stream: THE_LOG, revision: events.length, position: position + 1 };
  const { private: _, ...plain } = encode(derivedId('restored event', eventsSha256), event, at, meta);
  const [chained] = chain(hashIn(recorded.at(-1)!.meta)!, { ...plain, ...place });
  return { ...plain, ...place, meta: chained };
};

export const restoredLog = (
  reader: EventLogReader,
  manifest: Manifest,
): Pick<EventReader, 'readStream' | 'readLog' | 'head'> => {
  const last = restored(reader, manifest);
  return {
    readStream: async (stream, range = {}) => {
      const page = reader.readStream(stream, range);
      const isNext = stream === THE_LOG && (range.from ?? 0) + page.length === last.revision;
      return isNext ? [...page, last] : page;
    },
    readLog: async (position, limit = 1000) => {
      const page = reader.readLog(position, limit);
      return isLastPage(page, limit) && position < last.position ? [...page, last] : page;
    },
    head: async () => last.position,
  };
};
