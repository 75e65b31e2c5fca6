// What the log says of itself: which one it is, and which ones it was copied from.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, DomainEvent } from './events.ts';

export interface Copy {
  /** The log that was copied. */
  readonly from: string;
  /** Pairs of places, in that log and in this one, rising: every so many events. */
  readonly marks: readonly (readonly [from: number, to: number])[];
}

export interface Log {
  /** Null: it has not begun. */
  readonly logId: string | null;
  /** From the first to the last. */
  readonly copies: readonly Copy[];
}

/** There is one stream of this kind, with the id `log`. */
export const logs: Aggregate<Log> = {
  stream: (id) => id,
  initial: () => ({ logId: null, copies: [] }),
  evolve: (log, event) => {
    switch (event.type) {
      case 'LogBegun':
        return { ...log, logId: event.data.logId };
      case 'LogCopied':
        return { logId: event.data.logId, copies: [...log.copies, { from: event.data.from, marks: event.data.marks }] };
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
