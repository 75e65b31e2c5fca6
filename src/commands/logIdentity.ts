// The identity of this log, and positions that clients kept from this log or an earlier one.

import { LRUCache } from 'lru-cache';
import { decode } from '../domain/codec.ts';
import { beginLog, type Copied, isCopied, type Log, logs, type Restored, restoreLog } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { type EventReader, PositionUnknown } from '../store/ports.ts';
import type { Ledger } from './ledger.ts';
import { eventsAfter } from './readEvents.ts';
import { mustBeWhole } from './wholeLog.ts';

export type Place =
  | { readonly at: number }
  /** It is unknown which events the client has received. `begin`: it has received those up to here. */
  | { readonly code: 'log-unknown' | 'position-unknown'; readonly begin: number };

type ReadLog = Pick<EventReader, 'readLog'>;

/** Walks from a position that is not too late to the wanted one: every copied event has its old position. */
const walkTo = async (events: ReadLog, near: number, log: string, position: number): Promise<number> => {
  let at = near;
  for await (const recorded of eventsAfter(events, near)) {
    const old = decode(recorded).meta.copied?.find(([from]) => from === log)?.[1];
    if (old === undefined || old > position) break;
    at = recorded.position;
  }
  return at;
};

const markBefore = (position: number, origin: Copied | Restored): number =>
  isCopied(origin) ? (origin.marks.findLast(([from]) => from <= position)?.[1] ?? 0) : position;

/** Positions found in the log that are remembered: clients that come back together mostly come back to the same few. */
const FOUND = 10_000;

export type LogIdentity = ReturnType<typeof createLogIdentity>;

export const createLogIdentity = (events: ReadLog, { logId, origins }: Log & { readonly logId: string }) => {
  const shared = Math.min(...origins.map((origin) => (isCopied(origin) ? 0 : origin.upTo)));

  /** `later`: the log that the position is of, and those between it and this one. */
  const placeAfter = async (later: Log['origins'], position: number): Promise<Place> => {
    const copiedAt = later.findIndex(isCopied);
    const restored = (copiedAt === -1 ? later : later.slice(0, copiedAt)) as readonly Restored[];
    const end = Math.min(...restored.map(({ upTo }) => upTo));
    const last = Math.min(position, end);
    const copied = copiedAt === -1 ? [] : later.slice(copiedAt);
    const at = copied[0] ? await walkTo(events, copied.reduce(markBefore, last), copied[0].from, last) : last;
    return position > end ? { code: 'position-unknown', begin: at } : { at };
  };

  // With `max` the cache would allocate its full size at once.
  const found = new LRUCache<number, true>({ maxSize: FOUND, sizeCalculation: () => 1 });

  return {
    logId,
    /** Whether a number is a position of this log: 0, or that of an event. @throws Unavailable */
    isPosition: async (position: number): Promise<boolean> => {
      if (position === 0 || found.has(position)) return true;
      try {
        await events.readLog(position, 1);
      } catch (error) {
        if (error instanceof PositionUnknown) return false;
        throw error;
      }
      found.set(position, true);
      return true;
    },
    /**
     * The position here that separates the events which a client has received, up to `position` of `log`, from all
     * others. Without `log`, the position counts only if every earlier log has the same events up to it.
     */
    placeOf: async (position: number, log?: string): Promise<Place> => {
      if (position === 0 || log === logId) return { at: position };
      if (log === undefined) return position <= shared ? { at: position } : { code: 'position-unknown', begin: shared };
      const first = origins.findIndex(({ from }) => from === log);
      return first === -1 ? { code: 'log-unknown', begin: 0 } : placeAfter(origins.slice(first), position);
    },
  };
};

/**
 * Begins the log if it has no events. `wasPutBack`: tells of the log with an id whether a backup was restored, so that it
 * becomes another log. @throws LogUnfinished
 */
export const openLog = async (
  events: EventReader,
  ledger: Ledger,
  newId: () => string,
  wasPutBack: (logId: string) => boolean,
) => {
  const meta = { actorId: null, correlationId: 'start' };
  const present = await ledger.load(logs, THE_LOG);
  if (present.logId === null) await ledger.transact(logs, THE_LOG, meta, (log) => beginLog(log, newId()));
  // Only now: another process may have begun to copy a log to here.
  await mustBeWhole(events);
  if (present.logId !== null && wasPutBack(present.logId)) {
    const upTo = await events.head();
    await ledger.transact(logs, THE_LOG, meta, (log) =>
      // Another process may have noted it at the same moment.
      log.logId === present.logId ? restoreLog(log, newId(), upTo) : [],
    );
  }
  const { logId, origins } = await ledger.load(logs, THE_LOG);
  return createLogIdentity(events, { logId: logId!, origins });
};
