// Which log this is, and where a position that a client kept lies in it.

import { decode } from '../domain/codec.ts';
import { beginLog, type Copied, type Log, logs, type Restored, restoreLog, THE_LOG } from '../domain/log.ts';
import { type EventReader, isLastPage } from '../store/ports.ts';
import type { Ledger } from './ledger.ts';

export interface LogIdentity {
  readonly logId: string;
  /**
   * The place here that follows everything a client has heard up to `position` of `log`, and precedes everything else.
   * Without `log`, the position counts only where every log that this one ever was has the same events up to it.
   */
  placeOf(position: number, log?: string): Promise<Place>;
}

export type Place =
  | { readonly at: number }
  /** It cannot be told what the client has heard. Up to `begin` it is certain. */
  | { readonly code: 'log-unknown' | 'position-unknown'; readonly begin: number };

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
    if (isLastPage(page, PAGE)) return after;
  }
};

const isCopied = (origin: Copied | Restored): origin is Copied => 'marks' in origin;

const markBefore = (place: number, origin: Copied | Restored): number =>
  isCopied(origin) ? (origin.marks.findLast(([from]) => from <= place)?.[1] ?? 0) : place;

export const createLogIdentity = (
  events: EventReader,
  { logId, origins }: Log & { readonly logId: string },
): LogIdentity => {
  const shared = Math.min(...origins.map((origin) => (isCopied(origin) ? 0 : origin.upTo)));

  /** `since`: what became of the log that the position is of. */
  const placeSince = async (since: Log['origins'], position: number): Promise<Place> => {
    const copiedAt = since.findIndex(isCopied);
    const restored = (copiedAt === -1 ? since : since.slice(0, copiedAt)) as readonly Restored[];
    const end = Math.min(...restored.map(({ upTo }) => upTo));
    const last = Math.min(position, end);
    const copied = copiedAt === -1 ? [] : since.slice(copiedAt);
    const at = copied[0] ? await walkTo(events, copied.reduce(markBefore, last), copied[0].from, last) : last;
    return position > end ? { code: 'position-unknown', begin: at } : { at };
  };

  return {
    logId,
    placeOf: async (position, log) => {
      if (position === 0 || log === logId) return { at: position };
      if (log === undefined) return position <= shared ? { at: position } : { code: 'position-unknown', begin: shared };
      const first = origins.findIndex(({ from }) => from === log);
      return first === -1 ? { code: 'log-unknown', begin: 0 } : placeSince(origins.slice(first), position);
    },
  };
};

/** Begins the log where it has not begun; `wasPutBack`: makes it another one than that of the backup. */
export const openLog = async (
  events: EventReader,
  ledger: Ledger,
  newId: () => string,
  wasPutBack: boolean,
): Promise<LogIdentity> => {
  const meta = { actorId: null, correlationId: 'start' };
  const present = await ledger.load(logs, THE_LOG);
  if (present.logId === null) await ledger.transact(logs, THE_LOG, meta, (log) => beginLog(log, newId()));
  else if (wasPutBack) {
    const upTo = await events.head();
    await ledger.transact(logs, THE_LOG, meta, (log) => restoreLog(log, newId(), upTo));
  }
  const { logId, origins } = await ledger.load(logs, THE_LOG);
  return createLogIdentity(events, { logId: logId!, origins });
};
