// The identity of the log, and the logs that it was copied or restored from.

import type { Aggregate } from './aggregate.ts';
import { type DataOf, type Events, LOG_FORMAT } from './events.ts';

/** The log was copied to other stores: the same events at other positions. */
export type Copied = Omit<DataOf<'LogCopied'>, 'logId'>;
/** The log was restored from a backup: the same events at the same positions, as far as the backup went. */
export type Restored = Omit<DataOf<'LogRestored'>, 'logId'>;

export interface Log {
  /** Null: the log has not begun. */
  readonly logId: string | null;
  /** The logs that it comes from, the oldest first. */
  readonly origins: readonly (Copied | Restored)[];
}

export const isCopied = (origin: Copied | Restored): origin is Copied => 'marks' in origin;

/** The logs whose positions are those of this one: itself, and those that it was restored from, up to a copy. */
export const samePositions = ({ logId, origins }: Log): ReadonlySet<string> => {
  const since = origins.slice(origins.findLastIndex(isCopied) + 1).map(({ from }) => from);
  return new Set([...(logId === null ? [] : [logId]), ...since]);
};

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

export const beginLog = (log: Log, logId: string): Events =>
  log.logId === null ? [{ type: 'LogBegun', data: { logId, format: LOG_FORMAT } }] : [];

/** The last event of a copy: from here on the copy is a log of its own. */
export const finishCopy = (log: Log, copied: DataOf<'LogCopied'>): Events =>
  log.logId === copied.from ? [{ type: 'LogCopied', data: copied }] : [];

/** A restored log is another log from here on: the backed-up one may have gone on after the backup. */
export const restoreLog = ({ logId: from }: Log, logId: string, upTo: number): Events =>
  from === null ? [] : [{ type: 'LogRestored', data: { logId, from, upTo } }];
