// What the log says of itself: which one it is, and which ones it was copied or restored from.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, DomainEvent } from './events.ts';

/** The log was copied to other stores: the same events at other places. */
export interface Copied {
  /** The log that was copied. */
  readonly from: string;
  /** Pairs of places, in that log and in this one, rising: every so many events. */
  readonly marks: readonly (readonly [from: number, to: number])[];
}

/** The log was put back from a backup: the same events at the same places, as far as the backup went. */
export interface Restored {
  /** The log that was backed up. */
  readonly from: string;
  /** The last place they share. What that log recorded after it is not here. */
  readonly upTo: number;
}

export interface Log {
  /** Null: it has not begun. */
  readonly logId: string | null;
  /** What it was before, from the first to the last. */
  readonly origins: readonly (Copied | Restored)[];
}

/** There is one stream of this kind, with the id `log`. */
export const logs: Aggregate<Log> = {
  stream: (id) => id,
  initial: () => ({ logId: null, origins: [] }),
  evolve: (log, event) => {
    switch (event.type) {
      case 'LogBegun':
        return { ...log, logId: event.data.logId };
      case 'LogCopied':
      case 'LogRestored': {
        const { logId, ...origin } = event.data;
        return { logId, origins: [...log.origins, origin] };
      }
      default:
        return log;
    }
  },
};

export const THE_LOG = 'log';

export const beginLog = (log: Log, logId: string): readonly DomainEvent[] =>
  log.logId === null ? [{ type: 'LogBegun', data: { logId } }] : [];

/** The last thing a copy gets: from here on it is a log of its own. */
export const finishCopy = (log: Log, copied: DataOf<'LogCopied'>): readonly DomainEvent[] =>
  log.logId === copied.from ? [{ type: 'LogCopied', data: copied }] : [];

/** A log that was put back is a log of its own from here on: the one it was may have gone on elsewhere, or before. */
export const restoreLog = ({ logId: from }: Log, logId: string, upTo: number): readonly DomainEvent[] =>
  from === null ? [] : [{ type: 'LogRestored', data: { logId, from, upTo } }];
