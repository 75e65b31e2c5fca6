// Which log this is, and where a position of a log it was copied from lies in it.

import { decode } from '../domain/codec.ts';
import { beginLog, type Copy, type Log, logs, THE_LOG } from '../domain/log.ts';
import type { EventReader } from '../store/ports.ts';
import type { Ledger } from './ledger.ts';

export interface LogIdentity {
  readonly logId: string;
  /**
   * The place here that follows everything up to `position` of `log`, and precedes everything after it.
   * Undefined: this log does not come from that one.
   */
  positionOf(log: string, position: number): Promise<number | undefined>;
}

const PAGE = 1000;

/** From a place not after it, on to the one wanted: every copied event says where it stood. */
const walkTo = async (events: EventReader, near: number, log: string, position: number): Promise<number> => {
  for (let after = near; ; ) {
    const page = await events.readLog(after, PAGE);
    for (const recorded of page) {
      const stood = decode(recorded).meta.copied?.find(([from]) => from === log)?.[1];
      if (stood === undefined || stood > position) return after;
      after = recorded.position;
    }
    if (page.length < PAGE) return after;
  }
};

const markBefore = (place: number, { marks }: Copy): number => marks.findLast(([from]) => from <= place)?.[1] ?? 0;

export const createLogIdentity = (events: EventReader, { logId, copies }: Log & { logId: string }): LogIdentity => ({
  logId,
  positionOf: async (log, position) => {
    if (log === logId) return position;
    const first = copies.findIndex(({ from }) => from === log);
    if (first === -1) return undefined;
    return walkTo(events, copies.slice(first).reduce(markBefore, position), log, position);
  },
});

/** Begins the log where it has not begun. */
export const openLog = async (events: EventReader, ledger: Ledger, newId: () => string): Promise<LogIdentity> => {
  const meta = { actorId: null, correlationId: 'start' };
  const present = await ledger.load(logs, THE_LOG);
  if (present.logId === null) await ledger.transact(logs, THE_LOG, meta, (log) => beginLog(log, newId()));
  const { logId, copies } = await ledger.load(logs, THE_LOG);
  return createLogIdentity(events, { logId: logId!, copies });
};
